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
    readonly capacityEvents?: number
    readonly fullTime?: string
    readonly outageStartTime?: string
  }
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
  readonly verified: boolean
  readonly status: ObservedWebhookStatus
  readonly drifts: number
  readonly probes: ProbeRecord
  /** Of the last report; empty where the cluster tells nothing. */
  readonly nodes: readonly ObservedNode[]
}

export interface ProbeRecord {
  readonly counts: Readonly<Record<ProbeLevel, Readonly<Record<ProbeResult, number>>>>
  readonly passed: Readonly<Partial<Record<ProbeLevel, boolean>>>
  readonly lastTime: number | undefined
  readonly lastSuccessTime: number | undefined
}

const levels: readonly ProbeLevel[] = [0, 1, 2, 3]
const maximumNodes = 16

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
    ...one('synced', status.conditions?.some(isSynced) === true ? 1 : 0),
    ...one('drift', record.drifts),
    ...one('unverified', record.verified ? undefined : 1, kind),
    ...(status.conditions ?? []).flatMap(({ type, status }) =>
      one('condition', 1, { ...kind, condition: type, status }),
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

function probeSeries({ status, probes }: WebhookRecord, one: One): readonly Series[] {
  const tested = status.target !== undefined && status.target.state !== 'Unknown'
  const { counts, passed, lastTime, lastSuccessTime } = probes
  return [
    ...levels.flatMap((level) =>
      Object.entries(counts[level]).flatMap(([result, count]) =>
        // Only an event can be rejected for what it is; below, the word is for collectors that say odd things.
        result === 'rejected' && level < 3 && count === 0 ? [] : one('probes', count, { level: String(level), result }),
      ),
    ),
    // What was found before the tests stopped says nothing about now.
    ...(tested
      ? [
          ...levels.flatMap((level) => one('probeSuccess', flag(passed[level]), { level: String(level) })),
          ...one('probeLast', lastTime === undefined ? undefined : lastTime / 1000),
          ...one('probeLastSuccess', lastSuccessTime === undefined ? undefined : lastSuccessTime / 1000),
        ]
      : []),
  ]
}

function bufferSeries({ status: { buffer }, nodes }: WebhookRecord, one: One): readonly Series[] {
  if (buffer === undefined) return []
  // Nodes that are no longer asked say nothing about now either.
  const fullestFirst = buffer.basis === 'Measured' ? nodes.toSorted((a, b) => fill(b) - fill(a)) : []
  const [fullest] = fullestFirst
  const ratio = buffer.percentFull === undefined ? undefined : buffer.percentFull / 100
  return [
    ...one('outageStart', seconds(buffer.outageStartTime) ?? 0),
    ...one('bufferCapacity', fullest?.capacityEvents ?? buffer.capacityEvents),
    ...one('bufferFill', fullest === undefined ? ratio : fill(fullest)),
    ...one('bufferFull', seconds(buffer.fullTime)),
    ...fullestFirst
      .slice(0, maximumNodes)
      .flatMap(({ node, queuedEvents }) => one('bufferReported', queuedEvents, { node })),
  ]
}

function fill({ queuedEvents, capacityEvents }: ObservedNode): number {
  return Math.min(queuedEvents / Math.max(capacityEvents, 1), 1)
}

function isUp(state: string): boolean {
  return state === 'Reachable' || state === 'Degraded'
}

function isSynced({ type, status }: ObservedCondition): boolean {
  return type === 'Synced' && status === 'True'
}

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function seconds(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000
}
