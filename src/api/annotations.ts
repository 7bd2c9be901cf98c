/** Any new value runs the whole ladder of tests at once; handled when `status.lastHandledTestRequest` repeats it. */
export const testRequestedAt = 's3audit.dev/test-requested-at'

/** Any new value reads the webhook back at once; handled when `status.lastHandledReconcileRequest` repeats it. */
export const reconcileRequestedAt = 's3audit.dev/reconcile-requested-at'

/** On an S3Cluster: the id of the cluster that the address may lead to from now on. */
export const acceptClusterId = 's3audit.dev/accept-cluster-id'

/** Longest value of a request annotation that is kept in status; longer ones are cut to this many characters. */
export const maximumRequestLength = 256

/** Keeps an S3AuditWebhook until its webhook is taken off the S3 cluster. */
export const webhookFinalizer = 's3audit.dev/webhook'

/** Keeps an S3Cluster until no S3AuditWebhook refers to it. */
export const clusterFinalizer = 's3audit.dev/cluster'
