{{/* Annotations of what exists only while `helm uninstall` runs; the argument is the weight, as text. */}}
{{- define "s3-audit-operator.uninstallAnnotations" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* What `uninstall` does with the resources: it finds them and takes finalizers off. */}}
{{- define "s3-audit-operator.uninstallRules" -}}
- apiGroups: [s3audit.dev]
  resources: [s3clusters, s3auditwebhooks]
  verbs: [list, patch]
{{- end }}
