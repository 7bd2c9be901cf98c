import { createHash } from 'node:crypto'

import { reconcileRequestedAt, maximumRequestLength } from '../../api/annotations.ts'
import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import { parseS3AuditWebhookSpec, type S3AuditWebhook, type S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Reconcile, ReconcileContext, ReconcileResult } from '../../kube/controller.ts'
import type { EventRecorder } from '../../kube/event-recorder.ts'
import { objectKey, objectName, type ObjectName } from '../../kube/resource.ts'
import type { RestClient } from '../../kube/rest-client.ts'
import type { Store } from '../../kube/store.ts'
import type { LeftBehindReason } from '../../observability/deletion-metrics.ts'
import { createInterruptions, InterruptedError } from '../interruptions.ts'
import type { ReferenceReader } from '../references.ts'
import type { ClusterRegistry } from '../s3cluster/cluster-registry.ts'
import type { ClusterState } from '../s3cluster/cluster-state.ts'
import type { StatusWriter } from '../status-writer.ts'
import { timestamp } from '../timestamp.ts'
import { resolveTrust, type TrustInput } from '../trust.ts'
import { applyWebhook, type ApplyOutcome } from './act.ts'
import { appliedRecord } from './applied-record.ts'
import { wantsRate } from './buffer-finding.ts'
import { decide, isOurs, type Decision } from './decide.ts'
import { createWebhookDeletion } from './delete-webhook.ts'
import { deliveryFindings } from './delivery-findings.ts'
import type { DeliveryMonitor } from './delivery-monitor.ts'
import { eventsOfPass } from './events.ts'
import type { Gate } from './gate.ts'
import { desiredWebhook, gatherToken } from './gather.ts'
import type { WebhookInputs } from './inputs.ts'
import { emptyMemory, type WebhookMemory } from './memory.ts'
import { observe } from './observe.ts'
import { rememberPass, wishOf } from './remember-pass.ts'
import { report, type Findings } from './report.ts'
import { gateFor, targetFinding, watchTarget, type TargetTests } from './target-tests.ts'

export interface WebhookReconcilerOptions {
  readonly client: RestClient
  readonly webhooks: Store<S3AuditWebhook>
  /** True when the S3Cluster exists. */
  readonly hasCluster: (name: ObjectName) => boolean
  readonly registry: ClusterRegistry
  /** Asks for another look at a cluster that stopped answering. */
  readonly checkCluster: (name: ObjectName) => void
  /** Who owns the webhook of the cluster before this resource. */
  readonly ownerBefore: (webhook: S3AuditWebhook, cluster: ClusterState) => ObjectName | undefined
  readonly reader: ReferenceReader
  readonly statuses: StatusWriter<S3AuditWebhookStatus>
  readonly targets: TargetTests
  readonly deliveries: DeliveryMonitor
  readonly recorder: EventRecorder
  readonly metrics: WebhookMetrics
  readonly deletionTimeoutMilliseconds: number
  readonly clock: Clock
  readonly random: () => number
}

/** What the metrics are told of a webhook. */
export interface WebhookMetrics {
  /** `cluster` is undefined where the spec cannot be read: the one known before stays. */
  observe(webhook: S3AuditWebhook, cluster: string | undefined, status: S3AuditWebhookStatus): void
  drift(webhook: S3AuditWebhook, cluster: string): void
  leftBehind(reason: LeftBehindReason): void
  forget(name: ObjectName): void
}

export interface WebhookReconciler {
  readonly reconcile: Reconcile
  /**
   * To be called when the webhook was changed: ends a read of the cluster and a question to the target that are of no use to a
   * resource in deletion. What may change the cluster comes to its end.
   */
  readonly review: (key: string) => void
}

/** One pass over an S3AuditWebhook: gather, decide, act, report. */
export function createWebhookReconciler(options: WebhookReconcilerOptions): WebhookReconciler {
  const { client, webhooks, registry, reader, statuses, targets, deliveries, recorder, metrics, clock, random } =
    options
  const memories = new Map<string, WebhookMemory>()
  const deletion = createWebhookDeletion(options)

  const reads = createInterruptions((key) => {
    const webhook = webhooks.get(key)
    return webhook === undefined || webhook.metadata.deletionTimestamp !== undefined
  })

  async function reconcile(name: ObjectName, context: ReconcileContext): Promise<ReconcileResult> {
    try {
      return await passOver(name, context)
    } catch (error) {
      if (error instanceof InterruptedError) return {}
      throw error
    }
  }

  async function passOver(name: ObjectName, context: ReconcileContext): Promise<ReconcileResult> {
    const key = objectKey(name)
    const webhook = webhooks.get(key)
    if (webhook === undefined || webhook.metadata.deletionTimestamp !== undefined) {
      targets.unwatch(key)
      deliveries.unwatch(key)
      if (webhook === undefined) {
        forget(name)
        return {}
      }
      const status = statuses.current(webhook)
      const current: S3AuditWebhook = { ...webhook, ...(status === undefined ? {} : { status }) }
      const memory = memoryOf(key)
      const result = await deletion(current, memory, context)
      // The cache may show the finalizer for a while yet.
      if (memory.releasedUid !== undefined) {
        forget(name)
        memories.set(key, { ...emptyMemory(), releasedUid: memory.releasedUid })
      }
      return result
    }
    const memory = memoryOf(key)
    const parsed = parseS3AuditWebhookSpec(webhook.spec)
    if ('problem' in parsed) return await reportInvalid(webhook, parsed.problem, context)
    return await pass(webhook, parsed.spec, memory, context)
  }

  function memoryOf(key: string): WebhookMemory {
    const memory = memories.get(key) ?? emptyMemory()
    memories.set(key, memory)
    return memory
  }

  async function pass(
    webhook: S3AuditWebhook,
    spec: S3AuditWebhookSpec,
    memory: WebhookMemory,
    { signal, logger }: ReconcileContext,
  ): Promise<ReconcileResult> {
    const name = objectName(webhook)
    const status = statuses.current(webhook)
    const current: S3AuditWebhook = { ...webhook, ...(status === undefined ? {} : { status }) }
    const lastObservation = memory.observation
    const inputs = await gather(current, spec, memory, signal)
    // After a restart nothing may be concluded before the cluster has answered once; what status says still stands.
    if (inputs.cluster.state === 'Unknown' && !spec.suspend && (status?.conditions ?? []).length > 0) return {}

    const trust = await resolveTrust(spec.tls, name.namespace, reader, { signal })
    let decision = decide(inputs)
    if (decision.action.kind === 'Gate') {
      decision = decide({ ...inputs, gate: await askTarget(memory, spec, inputs, trust, signal) })
    }
    const outcome = await act(current, spec, memory, inputs, decision, signal)
    if (outcome?.state === 'Applied') deliveries.restart(objectKey(name))
    else if (memory.observation !== lastObservation) deliveries.prove(objectKey(name))
    const { driftBegan } = rememberPass(memory, { inputs, decision, outcome, now: clock.now() })
    if (outcome?.state === 'Failed' || inputs.observation.state === 'Failed') {
      options.checkCluster({ namespace: name.namespace, name: spec.clusterRef.name })
    }
    watchTarget(targets, current, { spec, inputs, memory, trust })
    if (inputs.cluster.state === 'Connected' && spec.enabled && !spec.suspend && inputs.owner === undefined) {
      deliveries.watch(objectKey(name), {
        provider: inputs.cluster.connection.provider,
        webhook: { targetName: inputs.targetName },
        periodMilliseconds: spec.probe.periodSeconds * 1000,
      })
    } else deliveries.unwatch(objectKey(name))

    const synced = syncedFinding(decision, outcome)
    const applied = appliedRecord(inputs, memory, synced.status === 'True', timestamp(clock))
    const target = targetFinding(targets, objectKey(name), spec, trust, clock.now())
    const { delivery, buffer } = deliveryFindings({
      spec,
      status,
      cluster: inputs.cluster,
      target,
      snapshot: deliveries.snapshot(objectKey(name)),
      eventRate: memory.eventRate,
      now: timestamp(clock),
    })
    const request = requestOf(webhook)
    const findings: Findings = {
      synced,
      target,
      delivery,
      buffer,
      ...(applied === undefined ? {} : { applied }),
      ...(request === undefined || inputs.observation.state !== 'Read' ? {} : { handledReconcileRequest: request }),
    }
    const next = report(current, spec, status, findings, timestamp(clock))
    const written = await statuses.write(webhook, next, { signal })
    if (written) logger.info({ reason: synced.reason, generation: webhook.metadata.generation }, 'Status changed')
    if (driftBegan) metrics.drift(webhook, spec.clusterRef.name)
    metrics.observe(webhook, spec.clusterRef.name, written ? next : (status ?? next))
    for (const event of eventsOfPass({ previous: status, next, target, decision, driftBegan, outcome, spec, inputs })) {
      recorder.record({ ...event, regarding: regarding(webhook) })
    }
    return requeue(decision, outcome, memory, inputs, buffer.lookAgainMilliseconds)
  }

  async function gather(
    webhook: S3AuditWebhook,
    spec: S3AuditWebhookSpec,
    memory: WebhookMemory,
    signal: AbortSignal,
  ): Promise<WebhookInputs> {
    const name = objectName(webhook)
    const clusterName = { namespace: name.namespace, name: spec.clusterRef.name }
    const cluster = options.hasCluster(clusterName) ? registry.get(clusterName) : ({ state: 'NotFound' } as const)
    const token = await gatherToken(webhook, spec, reader, { signal })
    const targetName = cluster.state === 'Connected' ? cluster.connection.targetName(name) : ''
    const owner = options.ownerBefore(webhook, cluster)
    if (cluster.state === 'Connected' && isOursToRead({ spec, owner })) {
      const { connection } = cluster
      const key = observationKey([
        webhook.metadata.uid,
        webhook.metadata.generation,
        connection.identity.id,
        connection.epoch,
        token.state === 'Ready' ? token.source : token.state,
        requestOf(webhook),
      ])
      if (memory.observationKey !== key) memory.applyNotBefore = 0
      await reads.run(objectKey(name), signal, (read) =>
        observe(memory, {
          connection,
          webhook: { targetName },
          key,
          wantsRate: wantsRate(spec, webhook.status),
          clock,
          random,
          signal: read,
        }),
      )
    }
    const desired = desiredWebhook(spec, token, cluster)
    return {
      resource: webhook,
      spec,
      targetName,
      cluster,
      token,
      owner,
      observation: memory.observation,
      desired,
      inForce: memory.inForce,
      repairs: memory.repairs,
      openDrift: memory.openDrift === wishOf(webhook, token),
      gate: gateFor(memory, desired, clock.monotonic()),
      now: clock.now(),
    }
  }

  /** What the target says of the desired setting. A CA that cannot be read refuses as an untrusted target would. */
  async function askTarget(
    memory: WebhookMemory,
    spec: S3AuditWebhookSpec,
    { resource, desired }: WebhookInputs,
    trust: TrustInput,
    signal: AbortSignal,
  ): Promise<Gate> {
    if (desired === undefined) return { state: 'Ask' }
    if (trust.state === 'Problem') {
      const { reason, message } = trust
      return {
        state: 'Answered',
        verdict: { level: 0, class: 'misconfigured', reason, message, durationMilliseconds: 0 },
      }
    }
    const key = objectKey(objectName(resource))
    return await reads.run(key, signal, (question) =>
      targets.ask(memory, spec, { resource: key, desired, trust: trust.trust, signal: question }),
    )
  }

  async function act(
    webhook: S3AuditWebhook,
    spec: S3AuditWebhookSpec,
    memory: WebhookMemory,
    inputs: WebhookInputs,
    decision: Decision,
    signal: AbortSignal,
  ): Promise<ApplyOutcome | undefined> {
    const keepFinalizer = spec.deletionPolicy === 'Delete' && spec.managementPolicy === 'Manage'
    if (decision.action.kind === 'Apply' && inputs.cluster.state === 'Connected' && inputs.desired !== undefined) {
      return await applyWebhook({
        client,
        resource: webhook,
        keepFinalizer,
        connection: inputs.cluster.connection,
        webhook: { targetName: inputs.targetName },
        desired: inputs.desired,
        memory,
        clock,
        random,
        signal,
      })
    }
    // A policy that changed, or a webhook that was found as desired and is ours from now on.
    const owned = decision.status === 'True' && decision.reason === 'Applied' && (isOurs(inputs) || spec.enabled)
    if (owned || !keepFinalizer) {
      await deletion.setFinalizer(webhook, { present: keepFinalizer, signal })
    }
    return undefined
  }

  async function reportInvalid(
    webhook: S3AuditWebhook,
    problem: string,
    { signal }: ReconcileContext,
  ): Promise<ReconcileResult> {
    const key = objectKey(objectName(webhook))
    targets.unwatch(key)
    deliveries.unwatch(key)
    const message = `${problem} The webhook on the cluster is left as it is.`
    const next = report(
      webhook,
      { enabled: true, suspend: false, managementPolicy: 'Manage' },
      statuses.current(webhook),
      {
        synced: { status: 'False', reason: 'InvalidSpec', message },
        target: { tested: false, reason: 'NotTested', message: 'Not tested while the spec is invalid.' },
        delivery: { reason: 'NotReported', message: 'Not asked while the spec is invalid.' },
        buffer: { reason: 'NoEstimate', message: 'Not known while the spec is invalid.' },
      },
      timestamp(clock),
    )
    await statuses.write(webhook, next, { signal })
    metrics.observe(webhook, undefined, next)
    return {}
  }

  function forget(name: ObjectName): void {
    const key = objectKey(name)
    memories.delete(key)
    statuses.forget(key)
    metrics.forget(name)
  }

  function requeue(
    decision: Decision,
    outcome: ApplyOutcome | undefined,
    memory: WebhookMemory,
    inputs: WebhookInputs,
    lookAgainMilliseconds: number | undefined,
  ): ReconcileResult {
    const delays = [decision.retryAfterMilliseconds, lookAgainMilliseconds]
    if (outcome?.state === 'Failed') delays.push(memory.applyNotBefore - clock.monotonic())
    if (outcome?.state === 'Waiting') delays.push(outcome.retryAfterMilliseconds)
    // Where nothing is read it stays due, and would bring pass after pass.
    if (inputs.cluster.state === 'Connected' && isOursToRead(inputs)) {
      delays.push(memory.readDueAt - clock.monotonic())
    }
    const due = delays.filter((delay) => delay !== undefined)
    return due.length === 0 ? {} : { requeueAfterMilliseconds: Math.max(Math.min(...due), 100) }
  }

  return { reconcile, review: (key) => reads.review(key) }
}

/** A webhook that is suspended, or that another resource owns, is not looked at. */
function isOursToRead({ spec, owner }: Pick<WebhookInputs, 'spec' | 'owner'>): boolean {
  return !spec.suspend && owner === undefined
}

function syncedFinding(decision: Decision, outcome: ApplyOutcome | undefined): Findings['synced'] {
  if (outcome === undefined || outcome.state === 'Applied') return decision
  const { code, message } = outcome.error
  switch (code) {
    case 'EndpointNotAllowed':
    case 'TLSUntrusted':
    case 'ProviderMismatch':
      return { status: 'False', reason: 'ClusterNotReady', message }
    default:
      return { status: 'False', reason: code, message }
  }
}

/** A digest, because it is remembered of every webhook. */
function observationKey(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

/** The wish for a read-back, as long as status can repeat it. */
function requestOf(webhook: S3AuditWebhook): string | undefined {
  return webhook.metadata.annotations?.[reconcileRequestedAt]?.slice(0, maximumRequestLength)
}

function regarding(webhook: S3AuditWebhook) {
  return {
    apiVersion: 's3audit.dev/v1alpha1',
    kind: 'S3AuditWebhook',
    namespace: webhook.metadata.namespace ?? '',
    name: webhook.metadata.name,
    uid: webhook.metadata.uid ?? '',
  }
}
