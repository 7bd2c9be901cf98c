/**
 * Metrics of S3AuditWebhooks and S3Clusters. `cluster` is the name of the S3Cluster. A resource costs at most 40 series, whatever
 * it has to tell; they go with it. Times are seconds since the Unix epoch.
 */
export const resourceMetricDefinitions = {
  targetUp: {
    name: 's3audit_target_up',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: '1 while the target takes events, after debouncing; 0 while it is unreachable or refuses them; absent while it is not tested.',
  },
  targetState: {
    name: 's3audit_target_state',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster', 'state', 'reason'],
    help: '1 for the present state and reason of the target: Reachable, Degraded, Unreachable, Rejecting or Unknown.',
  },
  probeSuccess: {
    name: 's3audit_probe_success',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: '1 when the last round of tests passed, before debouncing; else 0; absent while the target is not tested.',
  },
  probes: {
    name: 's3audit_probes_total',
    type: 'counter',
    labels: ['namespace', 'name', 'cluster', 'level', 'result'],
    help: 'Tests of the target by level and result: ok, warning, transient, misconfigured or rejected. Below level 3, where no event is sent, what is rejected counts as misconfigured.',
  },
  probeDuration: {
    name: 's3audit_probe_duration_seconds',
    type: 'histogram',
    labels: ['level'],
    help: 'How long tests of targets took, over all resources.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  probeLag: {
    name: 's3audit_probe_lag_seconds',
    type: 'histogram',
    labels: [],
    help: 'How long after their time tests of targets began, over all resources.',
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  probeLast: {
    name: 's3audit_probe_last_timestamp_seconds',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: 'When the target was last tested; absent while it is not tested.',
  },
  probeInterval: {
    name: 's3audit_probe_interval_seconds',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: 'How often the target is to be tested, spec.probe.periodSeconds; absent while it is not tested.',
  },
  certificateNotAfter: {
    name: 's3audit_target_tls_certificate_not_after_timestamp_seconds',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: "When the target's certificate ends.",
  },
  outageStart: {
    name: 's3audit_outage_start_timestamp_seconds',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: 'Since when events cannot leave the S3 cluster; 0 while they can.',
  },
  bufferCapacity: {
    name: 's3audit_buffer_capacity_events',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster', 'basis'],
    help: "How many events fit into the S3 cluster's buffer, of the node that fills first, and how that is known: Reported or Specified; absent while it is not known.",
  },
  bufferReported: {
    name: 's3audit_buffer_reported_events',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster', 'node'],
    help: 'How many events wait at a node of the S3 cluster, as it reports; of the four fullest nodes.',
  },
  bufferFill: {
    name: 's3audit_buffer_fill_ratio',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: 'How full the buffer is, of the node that fills first, from 0 to 1: measured, else as estimated; absent while it is not known.',
  },
  bufferEstimate: {
    name: 's3audit_buffer_estimated_fill_ratio',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster', 'bound'],
    help: 'How full the buffer is by the estimate, from 0 to 1, by bound: lower, expected or upper; absent where it is measured, lower and upper also while it is empty.',
  },
  bufferFull: {
    name: 's3audit_buffer_full_timestamp_seconds',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: 'When the buffer will be full; only while it is filling.',
  },
  eventRate: {
    name: 's3audit_event_arrival_rate',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: 'Usual number of audit events per second at the busiest node of the S3 cluster; absent while it is not known.',
  },
  eventsLost: {
    name: 's3audit_events_lost_estimated_total',
    type: 'counter',
    labels: ['namespace', 'name', 'cluster'],
    help: 'Audit events that found no room in a full buffer, as estimated, since the operator started.',
  },
  synced: {
    name: 's3audit_webhook_config_synced',
    type: 'gauge',
    labels: ['namespace', 'name', 'cluster'],
    help: '1 while the webhook on the S3 cluster is as the resource says, else 0; absent while that is not known, and while it is suspended.',
  },
  drift: {
    name: 's3audit_webhook_config_drift_total',
    type: 'counter',
    labels: ['namespace', 'name', 'cluster'],
    help: 'How often the webhook on the S3 cluster was found changed by somebody else.',
  },
  unverified: {
    name: 's3audit_tls_verification_disabled',
    type: 'gauge',
    labels: ['kind', 'namespace', 'name', 'cluster'],
    help: '1 while spec.tls.verification is None; else absent.',
  },
  condition: {
    name: 's3audit_condition',
    type: 'gauge',
    labels: ['kind', 'namespace', 'name', 'cluster', 'condition', 'status'],
    help: '1 for the present status of a condition: True, False or Unknown. Synced and TargetReachable of an S3AuditWebhook have metrics of their own instead.',
  },
} as const
