/** Metrics of the calls to the management APIs of S3 clusters. Setting a webhook on WEKA can take a minute. */
export const clusterApiMetricDefinitions = {
  requests: {
    name: 's3audit_cluster_api_requests_total',
    type: 'counter',
    labels: ['provider', 'operation', 'code'],
    help: 'Requests to the management APIs of S3 clusters, by path and by HTTP status, or by what went wrong where there was no answer.',
  },
  duration: {
    name: 's3audit_cluster_api_request_duration_seconds',
    type: 'histogram',
    labels: ['provider', 'operation'],
    help: 'How long requests to the management APIs of S3 clusters took, answered or not.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
} as const
