import type { resourceMetricDefinitions } from './resource-metric-definitions.ts'

/** One sample of a metric of a resource. */
export interface Series {
  readonly metric: keyof typeof resourceMetricDefinitions
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What metrics read of a condition. */
export interface ObservedCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
}

/** What metrics read of the status of an S3AuditWebhook. Times are RFC 3339. */
export interface ObservedWebhookStatus {
  readonly conditions?: readonly ObservedCondition[]
  readonly target?: {
    readonly state: 'Reachable' | 'Degraded' | 'Unreachable' | 'Rejecting' | 'Unknown'
    readonly reason: string
    readonly certificateNotAfter?: string
  }
  readonly buffer?: {
    readonly basis?: 'Measured' | 'Estimated'
    readonly percentFull?: number
    /** Of an estimate only. */
    readonly percentLower?: number
    /** Of an estimate only. */
    readonly percentUpper?: number
    readonly capacityEvents?: number
    readonly capacityBasis?: string
    readonly eventsPerMinute?: number
    readonly fullTime?: string
    readonly outageStartTime?: string
    /** In the present outage. */
    readonly eventsLost?: number
  }
}

/** What metrics read of the spec of an S3AuditWebhook. */
export interface ObservedWebhookSpec {
  /** Whether TLS certificates are verified; what cannot be read is not in force. */
  readonly verified: boolean
  /** Seconds between tests. */
  readonly probePeriod: number | undefined
}

/** What metrics read of a node's report. */
export interface ObservedNode {
  readonly node: string
  readonly queuedEvents: number
  readonly capacityEvents: number
}

export type ProbeResult = 'ok' | 'warning' | 'transient' | 'misconfigured' | 'rejected'
export type ProbeLevel = 0 | 1 | 2 | 3

/** All that is known of one S3AuditWebhook. Times are milliseconds since the epoch. */
export interface WebhookRecord {
  readonly namespace: string
  readonly name: string
  readonly cluster: string
  readonly spec: ObservedWebhookSpec
  readonly status: ObservedWebhookStatus
  readonly drifts: number
  /** Since the operator started. */
  readonly eventsLost: number
  readonly probes: ProbeRecord
  /** Of the last report; empty where the cluster tells nothing. */
  readonly nodes: readonly ObservedNode[]
}

export interface ProbeRecord {
  readonly counts: Readonly<Record<ProbeLevel, Readonly<Record<ProbeResult, number>>>>
  /** Whether the last round passed, as far as it went; undefined before the first. */
  readonly passed: boolean | undefined
  readonly lastTime: number | undefined
}

const levels: readonly ProbeLevel[] = [0, 1, 2, 3]
/** As many as leave the resource at 40 series; each S3 cluster tells of all of its nodes itself. */
const maximumNodes = 4
/** Conditions that say nothing but what `s3audit_webhook_config_synced` and `s3audit_target_state` say. */
const measuredConditions: readonly string[] = ['Synced', 'TargetReachable']

/** The samples of one resource, each label set once. */
export function webhookSeries(record: WebhookRecord): readonly Series[] {
  const { namespace, name, cluster, status } = record
  const own = { namespace, name, cluster }
  const one = (metric: Series['metric'], value: number | undefined, labels: Series['labels'] = {}): readonly Series[] =>
    value === undefined ? [] : [{ metric, labels: { ...own, ...labels }, value }]
  const kind = { kind: 'S3AuditWebhook' }
  return [
    ...targetSeries(record, one),
    ...probeSeries(record, one),
    ...bufferSeries(record, one),
    ...one('synced', syncedValue(status.conditions)),
    ...one('drift', record.drifts),
    ...one('unverified', record.spec.verified ? undefined : 1, kind),
    ...(status.conditions ?? []).flatMap(({ type, status }) =>
      measuredConditions.includes(type) ? [] : one('condition', 1, { ...kind, condition: type, status }),
    ),
  ]
}

type One = (metric: Series['metric'], value: number | undefined, labels?: Series['labels']) => readonly Series[]

function targetSeries({ status: { target } }: WebhookRecord, one: One): readonly Series[] {
  if (target === undefined) return []
  const { state, reason, certificateNotAfter } = target
  return [
    ...one('targetUp', state === 'Unknown' ? undefined : isUp(state) ? 1 : 0),
    ...one('targetState', 1, { state, reason }),
    ...one('certificateNotAfter', seconds(certificateNotAfter)),
  ]
}

function probeSeries({ spec, status, probes }: WebhookRecord, one: One): readonly Series[] {
  const tested = status.target !== undefined && status.target.state !== 'Unknown'
  const { counts, passed, lastTime } = probes
  return [
    ...levels.flatMap((level) =>
      Object.entries(counts[level]).flatMap(([result, count]) =>
        result === 'rejected' && level < 3 ? [] : one('probes', count, { level: String(level), result }),
      ),
    ),
    // What was found before the tests stopped says nothing about now.
    ...(tested
      ? [
          ...one('probeInterval', spec.probePeriod),
          ...one('probeSuccess', passed === undefined ? undefined : Number(passed)),
          ...one('probeLast', lastTime === undefined ? undefined : lastTime / 1000),
        ]
      : []),
  ]
}

function bufferSeries({ status: { buffer }, nodes, eventsLost }: WebhookRecord, one: One): readonly Series[] {
  const lost = one('eventsLost', eventsLost)
  if (buffer === undefined) return lost
  // Nodes that are no longer asked say nothing about now either.
  const fullestFirst = buffer.basis === 'Measured' ? nodes.toSorted((a, b) => fill(b) - fill(a)) : []
  const [fullest] = fullestFirst
  const basis = fullest === undefined ? (buffer.capacityBasis ?? 'Unknown') : 'Reported'
  return [
    ...lost,
    ...one('outageStart', seconds(buffer.outageStartTime) ?? 0),
    ...one('bufferCapacity', fullest?.capacityEvents ?? buffer.capacityEvents, { basis }),
    ...one('bufferFill', fullest === undefined ? ratio(buffer.percentFull) : fill(fullest)),
    ...one('bufferFull', seconds(buffer.fullTime)),
    ...one('eventRate', buffer.eventsPerMinute === undefined ? undefined : buffer.eventsPerMinute / 60),
    ...(buffer.basis === 'Estimated'
      ? [
          ...one('bufferEstimate', ratio(buffer.percentLower), { bound: 'lower' }),
          ...one('bufferEstimate', ratio(buffer.percentFull), { bound: 'expected' }),
          ...one('bufferEstimate', ratio(buffer.percentUpper), { bound: 'upper' }),
        ]
      : []),
    ...fullestFirst
      .slice(0, maximumNodes)
      .flatMap(({ node, queuedEvents }) => one('bufferReported', queuedEvents, { node })),
  ]
}

function fill({ queuedEvents, capacityEvents }: ObservedNode): number {
  return Math.min(queuedEvents / Math.max(capacityEvents, 1), 1)
}

function ratio(percent: number | undefined): number | undefined {
  return percent === undefined ? undefined : percent / 100
}

function isUp(state: string): boolean {
  return state === 'Reachable' || state === 'Degraded'
}

function syncedValue(conditions: readonly ObservedCondition[] = []): number | undefined {
  const status = conditions.find(({ type }) => type === 'Synced')?.status
  return status === undefined || status === 'Unknown' ? undefined : Number(status === 'True')
}

function seconds(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}
