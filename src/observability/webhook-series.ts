import type { Labels, ResourceMetric, Sample } from './sample.ts'

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
  /** Whether TLS certificates are verified. */
  readonly verified: boolean
  /** Seconds between tests; undefined where the spec cannot be read. */
  readonly probePeriod: number | undefined
  readonly status: ObservedWebhookStatus
  readonly drifts: number
  /** Since the operator started. */
  readonly eventsLost: number
  readonly probes: ProbeRecord
  /** Of the last report those that are shown, fullest first; empty where the cluster tells nothing. */
  readonly nodes: readonly ObservedNode[]
}

/**
 * How often each level came to each result: see `probeCount`. In one list, as long as it has to be, which with thousands of resources
 * is a seventh of what records of records take.
 */
export type ProbeCounts = readonly number[]

export interface ProbeRecord {
  readonly counts: ProbeCounts
  /** Whether the last round passed, as far as it went; undefined before the first. */
  readonly passed: boolean | undefined
  readonly lastTime: number | undefined
}

const levels: readonly ProbeLevel[] = [0, 1, 2, 3]
/** As many as leave the resource at 40 series; each S3 cluster tells of all of its nodes itself. */
const maximumNodes = 4
/** Conditions that say nothing but what `s3audit_webhook_config_synced` and `s3audit_target_state` say. */
const measuredConditions: readonly string[] = ['Synced', 'TargetReachable']

/** The counts with one more. */
export function countProbe(counts: ProbeCounts, level: ProbeLevel, result: ProbeResult): ProbeCounts {
  const place = placeOf(level, result)
  return Array.from(
    { length: Math.max(counts.length, place + 1) },
    (_, index) => (counts[index] ?? 0) + Number(index === place),
  )
}

export function probeCount(counts: ProbeCounts, level: ProbeLevel, result: ProbeResult): number {
  return counts[placeOf(level, result)] ?? 0
}

/** What is common comes first: most lists have four places. */
function placeOf(level: ProbeLevel, result: ProbeResult): number {
  return results.indexOf(result) * levels.length + level
}

/** Those of a report that are shown, fullest first. */
export function fullestNodes(nodes: readonly ObservedNode[]): readonly ObservedNode[] {
  return nodes.toSorted((a, b) => fill(b) - fill(a)).slice(0, maximumNodes)
}

/** The labels of all samples of a resource. */
export function webhookLabels({ namespace, name, cluster }: WebhookRecord): Labels {
  return { namespace, name, cluster }
}

/** What a resource has to tell, metric by metric. */
export const webhookSeries: Readonly<Record<ResourceMetric, (record: WebhookRecord) => readonly Sample[]>> = {
  targetUp: ({ status: { target } }) =>
    one(target === undefined || target.state === 'Unknown' ? undefined : Number(isUp(target.state))),
  targetState: ({ status: { target } }) =>
    target === undefined ? none : one(1, { state: target.state, reason: target.reason }),
  certificateNotAfter: ({ status: { target } }) => one(seconds(target?.certificateNotAfter)),
  probes: ({ probes: { counts } }) =>
    countedTests.map(({ level, result, labels }) => ({ value: probeCount(counts, level, result), labels })),
  // What was found before the tests stopped says nothing about now.
  probeInterval: (record) => (isTested(record) ? one(record.probePeriod) : none),
  probeSuccess: (record) => (isTested(record) ? one(toNumber(record.probes.passed)) : none),
  probeLast: (record) => (isTested(record) ? one(inSeconds(record.probes.lastTime)) : none),
  eventsLost: ({ eventsLost }) => one(eventsLost),
  outageStart: ({ status: { buffer } }) => (buffer === undefined ? none : one(seconds(buffer.outageStartTime) ?? 0)),
  bufferCapacity(record) {
    const [fullest] = reportedNodes(record)
    if (fullest !== undefined) return one(fullest.capacityEvents, { basis: 'Reported' })
    const { buffer } = record.status
    return one(buffer?.capacityEvents, { basis: buffer?.capacityBasis ?? 'Unknown' })
  },
  bufferFill(record) {
    const [fullest] = reportedNodes(record)
    return one(fullest === undefined ? ratio(record.status.buffer?.percentFull) : fill(fullest))
  },
  bufferFull: ({ status: { buffer } }) => one(seconds(buffer?.fullTime)),
  eventRate: ({ status: { buffer } }) =>
    one(buffer?.eventsPerMinute === undefined ? undefined : buffer.eventsPerMinute / 60),
  bufferEstimate: ({ status: { buffer } }) =>
    buffer?.basis === 'Estimated'
      ? [
          ...one(ratio(buffer.percentLower), { bound: 'lower' }),
          ...one(ratio(buffer.percentFull), { bound: 'expected' }),
          ...one(ratio(buffer.percentUpper), { bound: 'upper' }),
        ]
      : none,
  bufferReported: (record) =>
    reportedNodes(record).map(({ node, queuedEvents }) => ({ value: queuedEvents, labels: { node } })),
  synced: ({ status: { conditions } }) => one(syncedValue(conditions)),
  drift: ({ drifts }) => one(drifts),
  unverified: ({ verified }) => (verified ? none : one(1, kind)),
  condition: ({ status: { conditions = [] } }) =>
    conditions
      .filter(({ type }) => !measuredConditions.includes(type))
      .map(({ type, status }) => ({ value: 1, labels: { ...kind, condition: type, status } })),
}

const kind: Labels = { kind: 'S3AuditWebhook' }
const none: readonly Sample[] = []
const noLabels: Labels = {}
const results: readonly ProbeResult[] = ['ok', 'warning', 'transient', 'misconfigured', 'rejected']

/** Where no event is sent, none is rejected. */
const countedTests = levels.flatMap((level) =>
  results
    .filter((result) => level === 3 || result !== 'rejected')
    .map((result) => ({ level, result, labels: { level: String(level), result } })),
)

function one(value: number | undefined, labels: Labels = noLabels): readonly Sample[] {
  return value === undefined ? none : [{ value, labels }]
}

function isTested({ status: { target } }: WebhookRecord): boolean {
  return target !== undefined && target.state !== 'Unknown'
}

/** Nodes that are no longer asked say nothing about now either. */
function reportedNodes({ status: { buffer }, nodes }: WebhookRecord): readonly ObservedNode[] {
  return buffer?.basis === 'Measured' ? nodes : []
}

function toNumber(passed: boolean | undefined): number | undefined {
  return passed === undefined ? undefined : Number(passed)
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

function inSeconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000
}
