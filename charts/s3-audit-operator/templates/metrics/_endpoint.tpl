{{/* How a ServiceMonitor or PodMonitor, the argument, scrapes. */}}
{{- define "s3-audit-operator.metricsEndpoint" -}}
port: http-metrics
path: /metrics
# `namespace` is that of the resource that a series is about, not that of the pod.
honorLabels: true
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
