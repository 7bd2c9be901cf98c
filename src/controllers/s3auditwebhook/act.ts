import { webhookFinalizer } from '../../api/annotations.ts'
import { s3AuditWebhookType, type S3AuditWebhook } from '../../api/s3-audit-webhook.ts'
import type { Clock } from '../../kube/clock.ts'
import type { RestClient } from '../../kube/rest-client.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { DesiredWebhook, ObservedWebhook, WebhookKey } from '../../providers/provider.ts'
import { backOff } from '../back-off.ts'
import { setFinalizer } from '../finalizer.ts'
import type { ClusterConnection } from '../s3cluster/cluster-state.ts'
import { drain, dropsQueue, nothingLeft, type Leftover } from './drain.ts'
import type { WebhookMemory } from './memory.ts'

/** What became of an apply. */
export type ApplyOutcome =
  | { readonly state: 'Applied'; readonly observed: ObservedWebhook; readonly leftover: Leftover }
  | { readonly state: 'Failed'; readonly error: ProviderError }
  | { readonly state: 'Waiting'; readonly error: ProviderError; readonly retryAfterMilliseconds: number }

/**
 * Puts the desired webhook in force: the finalizer first, so that nothing applied can be left behind unnoticed; then the apply;
 * then a read-back that proves it. A failed apply is repeated with growing delays; the next pass reads before it applies, so an
 * apply that took effect without an answer is not repeated.
 */
export async function applyWebhook(options: {
  readonly client: RestClient
  readonly resource: S3AuditWebhook
  readonly keepFinalizer: boolean
  readonly connection: ClusterConnection
  readonly webhook: WebhookKey
  readonly desired: DesiredWebhook
  readonly memory: WebhookMemory
  readonly clock: Clock
  readonly random: () => number
  readonly signal: AbortSignal
}): Promise<ApplyOutcome> {
  const { client, resource, connection, webhook, desired, memory, clock, random, signal } = options
  const wait = memory.applyNotBefore - clock.monotonic()
  if (wait > 0 && memory.lastApplyError !== undefined) {
    return { state: 'Waiting', error: memory.lastApplyError, retryAfterMilliseconds: wait }
  }
  await setFinalizer(client, s3AuditWebhookType, resource, {
    finalizer: webhookFinalizer,
    present: options.keepFinalizer,
    signal,
  })
  const before = memory.observation.state === 'Read' ? memory.observation.webhook : undefined
  try {
    const leftover = dropsQueue(before, desired) ? await drain({ connection, webhook, clock, signal }) : nothingLeft
    await connection.provider.apply(webhook, desired, { signal })
    memory.inForce = { endpoint: desired.endpoint, authorization: desired.authorization }
    const observed = await connection.provider.read(webhook, { signal })
    memory.observation = { state: 'Read', webhook: observed }
    memory.readDueAt = clock.monotonic() + connection.driftCheckSeconds * 1000 * (0.9 + random() * 0.2)
    memory.applyFailures = 0
    memory.applyNotBefore = 0
    memory.lastApplyError = undefined
    return { state: 'Applied', observed, leftover }
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    memory.readDueAt = 0
    memory.applyFailures++
    memory.lastApplyError = error
    const delay = Math.max(backOff(memory.applyFailures, random), error.retryAfterMilliseconds ?? 0)
    memory.applyNotBefore = clock.monotonic() + delay
    return { state: 'Failed', error }
  }
}
