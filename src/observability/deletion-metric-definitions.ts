/** Metrics of what happens when resources are deleted. */
export const deletionMetricDefinitions = {
  leftBehind: {
    name: 's3audit_webhooks_left_behind_total',
    type: 'counter',
    labels: ['reason'],
    help: 'Webhooks that stayed on their S3 clusters when their resources were deleted, although they were to be removed; the log names each.',
  },
} as const
