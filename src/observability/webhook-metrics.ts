import type { Registry } from '@prometheus-io/client'
import { z } from 'zod'

import type { Clock } from '../kube/clock.ts'
import { type KubernetesObject, objectKey, objectName, type ObjectName } from '../kube/resource.ts'
import { registerHistogram } from './register-metric.ts'
import { resourceMetricDefinitions } from './resource-metric-definitions.ts'
import { type SampleSource, sampleSource } from './sample.ts'
import {
  countProbe,
  fullestNodes,
  type ObservedNode,
  type ObservedWebhookStatus,
  type ProbeCounts,
  type ProbeLevel,
  type ProbeRecord,
  type ProbeResult,
  webhookLabels,
  type WebhookRecord,
  webhookSeries,
} from './webhook-series.ts'

/** What metrics read of a resource. */
export interface ObservedResource extends KubernetesObject {
  readonly spec: unknown
}

/** What metrics read of a verdict. */
export interface ObservedVerdict {
  readonly level: ProbeLevel
  readonly class: ProbeResult
  readonly durationMilliseconds: number
}

export interface WebhookMetrics {
  /** After each pass: the resource, the name of its S3Cluster where it is known, and the status that was found. */
  observe(webhook: ObservedResource, cluster: string | undefined, status: ObservedWebhookStatus): void
  /** The webhook on the cluster was found changed by somebody else. */
  drift(webhook: ObservedResource, cluster: string): void
  /** One round of tests, lowest level first. `resource` is `namespace/name`. */
  tested(resource: string, verdicts: readonly ObservedVerdict[]): void
  /** A round of tests began this much after its time. */
  began(lagMilliseconds: number): void
  /** What the nodes of the cluster said of their queues. `resource` is `namespace/name`. */
  reported(resource: string, nodes: readonly ObservedNode[]): void
  /** Takes all series of the resource away. */
  forget(name: ObjectName): void
  /** The samples of the resources there are now. They are read when they are asked for. */
  samples(): SampleSource
}

/** A resource whose first pass has not ended has no cluster and no status yet, and no series. */
type Draft = {
  -readonly [K in keyof WebhookRecord]: WebhookRecord[K] | (K extends 'cluster' | 'status' ? undefined : never)
}

/** Keeps what is known of each S3AuditWebhook until it is forgotten. */
export function createWebhookMetrics(registry: Registry, clock: Clock): WebhookMetrics {
  const duration = registerHistogram(registry, resourceMetricDefinitions.probeDuration)
  for (const level of levels) duration.zero({ level })
  const lag = registerHistogram(registry, resourceMetricDefinitions.probeLag)
  const drafts = new Map<string, Draft>()

  function draftOf(key: string, { namespace, name }: ObjectName): Draft {
    const draft = drafts.get(key) ?? emptyDraft(namespace, name)
    drafts.set(key, draft)
    return draft
  }

  function draftOfKey(key: string): Draft {
    const [namespace = '', name = ''] = key.split('/')
    return draftOf(key, { namespace, name })
  }

  function draftOfResource(resource: ObservedResource, cluster: string | undefined): Draft {
    const name = objectName(resource)
    const draft = draftOf(objectKey(name), name)
    draft.cluster = cluster ?? draft.cluster
    return draft
  }

  return {
    observe(webhook, cluster, status) {
      const draft = draftOfResource(webhook, cluster)
      draft.eventsLost += lostBetween(draft.status, status)
      draft.status = status
      draft.verified = isVerified(webhook.spec)
      draft.probePeriod = probePeriod(webhook.spec)
    },
    drift(webhook, cluster) {
      draftOfResource(webhook, cluster).drifts++
    },
    tested(resource, verdicts) {
      for (const { level, durationMilliseconds } of verdicts) duration.observe({ level }, durationMilliseconds / 1000)
      const draft = draftOfKey(resource)
      draft.probes = advance(draft.probes, verdicts, clock.now())
    },
    began(lagMilliseconds) {
      lag.observe(lagMilliseconds / 1000)
    },
    reported(resource, nodes) {
      draftOfKey(resource).nodes = fullestNodes(nodes)
    },
    forget(name) {
      drafts.delete(objectKey(name))
    },
    samples: () => sampleSource([...drafts.values()].filter(isObserved), webhookLabels, webhookSeries),
  }
}

function isObserved(draft: Draft): draft is Draft & WebhookRecord {
  return draft.cluster !== undefined && draft.status !== undefined
}

const levels: readonly ProbeLevel[] = [0, 1, 2, 3]
/** One for all of those that have none. */
const [noCounts, noNodes]: readonly [ProbeCounts, readonly ObservedNode[]] = [[], []]

function emptyDraft(namespace: string, name: string): Draft {
  return {
    namespace,
    name,
    cluster: undefined,
    verified: true,
    probePeriod: undefined,
    status: undefined,
    drifts: 0,
    eventsLost: 0,
    probes: {
      counts: noCounts,
      passed: undefined,
      lastTime: undefined,
    },
    nodes: noNodes,
  }
}

/** What an operator that has just started finds in a status was counted by the one before. */
function lostBetween(before: ObservedWebhookStatus | undefined, after: ObservedWebhookStatus): number {
  if (before === undefined) return 0
  return Math.max((after.buffer?.eventsLost ?? 0) - (before.buffer?.eventsLost ?? 0), 0)
}

function advance(before: ProbeRecord, verdicts: readonly ObservedVerdict[], now: number): ProbeRecord {
  if (verdicts.length === 0) return before
  const counts = verdicts.reduce(
    (counts, { level, class: result }) => countProbe(counts, level, countedAs(level, result)),
    before.counts,
  )
  return { counts, passed: verdicts.every((verdict) => hasPassed(verdict.class)), lastTime: now }
}

/** Where no event is sent, none can be bad: what a collector refuses there with such words is its setting or ours. */
function countedAs(level: ProbeLevel, result: ProbeResult): ProbeResult {
  return level < 3 && result === 'rejected' ? 'misconfigured' : result
}

function hasPassed(result: ProbeResult): boolean {
  return result === 'ok' || result === 'warning'
}

const probed = z.object({ probe: z.object({ periodSeconds: z.number() }) })

function probePeriod(spec: unknown): number | undefined {
  return probed.safeParse(spec).data?.probe.periodSeconds
}

const unverified = z.object({ tls: z.object({ verification: z.literal('None') }) })

/** Whether TLS certificates are verified; what cannot be read is not in force. */
export function isVerified(spec: unknown): boolean {
  return !unverified.safeParse(spec).success
}
