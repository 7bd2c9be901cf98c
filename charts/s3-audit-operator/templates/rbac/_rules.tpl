{{/*
What the operator does with the resources of the namespaces that it works in. Equal to examples/cluster-role.yaml but for the verbs that
`secretAccess` saves; tests compare them, and prove that the operator uses every verb and needs no other.
*/}}
{{- define "s3-audit-operator.rules" -}}
# Finalizers are written by patch.
- apiGroups: [s3audit.dev]
  resources: [s3clusters, s3auditwebhooks]
  verbs: [list, watch, patch]
- apiGroups: [s3audit.dev]
  resources: [s3clusters/status, s3auditwebhooks/status]
  verbs: [patch]
# Credentials, tokens and CA bundles.
- apiGroups: ['']
  resources: [secrets, configmaps]
  verbs: {{ eq .Values.secretAccess "Watch" | ternary "[get, list, watch]" "[get]" }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}
