{{/* Name of the application: a label, and the end of the names of resources. */}}
{{- define "s3-audit-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of the resources. A release whose name holds that of the application gives its name alone. */}}
{{- define "s3-audit-operator.fullname" -}}
{{- $name := include "s3-audit-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The name with a suffix that survives the limit of 63 characters: dict "root" . "suffix" "-view". */}}
{{- define "s3-audit-operator.suffixed" -}}
{{- $length := sub 63 (len .suffix) | int }}
{{- printf "%s%s" (include "s3-audit-operator.fullname" .root | trunc $length | trimSuffix "-") .suffix }}
{{- end }}

{{- define "s3-audit-operator.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "s3-audit-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "s3-audit-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Labels that select: they never change in the life of a release. */}}
{{- define "s3-audit-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "s3-audit-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Labels of the pods that work; those of the uninstall Job belong to another component. */}}
{{- define "s3-audit-operator.operatorLabels" -}}
{{ include "s3-audit-operator.selectorLabels" . }}
app.kubernetes.io/component: operator
{{- end }}

{{/* Labels of every resource. `part-of` is the same whatever the release is called: Prometheus makes the job of it, by which alerts select. */}}
{{- define "s3-audit-operator.labels" -}}
{{ include "s3-audit-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: s3-audit-operator
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Reference of the image. A registry takes the place of that in `repository`. */}}
{{- define "s3-audit-operator.image" -}}
{{- $image := .Values.image }}
{{- $repository := $image.repository }}
{{- if $image.registry }}
{{- $path := regexReplaceAll "^(localhost|[^/]*[.:][^/]*)/" $repository "" }}
{{- $repository = printf "%s/%s" (trimSuffix "/" $image.registry) $path }}
{{- end }}
{{- if $image.digest }}
{{- printf "%s@%s" $repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default .Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}

{{/* Namespaces that the operator works in, as JSON; empty: all. */}}
{{- define "s3-audit-operator.watchNamespaces" -}}
{{- if eq .Values.rbac.mode "namespaced" }}
{{- .Values.watchNamespaces | default (list (include "s3-audit-operator.namespace" .)) | uniq | toJson }}
{{- else if .Values.watchNamespaces }}
{{- fail "watchNamespaces needs rbac.mode=namespaced: with rbac.mode=cluster the operator works in all namespaces" }}
{{- else -}}
[]
{{- end }}
{{- end }}

{{/* Name of the service account of the uninstall Job: its own with less rights, the operator's where the chart makes no roles. */}}
{{- define "s3-audit-operator.uninstallServiceAccountName" -}}
{{- if .Values.rbac.create }}
{{- include "s3-audit-operator.suffixed" (dict "root" . "suffix" "-uninstall") }}
{{- else }}
{{- include "s3-audit-operator.serviceAccountName" . }}
{{- end }}
{{- end }}
