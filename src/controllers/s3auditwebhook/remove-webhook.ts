import type { S3AuditWebhook, S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { Clock } from '../../kube/clock.ts'
import { createDeadline } from '../../kube/deadline.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { WebhookKey } from '../../providers/provider.ts'
import type { ClusterConnection } from '../s3cluster/cluster-state.ts'
import type { LeftBehind } from './decide-deletion.ts'
import { hostOf } from './decide.ts'
import { withoutQuery } from './difference.ts'
import { drain, nothingLeft, type Leftover } from './drain.ts'

/** How the removal of a webhook from its cluster ended. */
export type Removal =
  | { readonly kind: 'Removed'; readonly leftover: Leftover }
  | { readonly kind: 'NothingToDo' }
  | LeftBehind

export interface RemovalOptions {
  readonly connection: ClusterConnection
  readonly resource: S3AuditWebhook
  readonly spec: S3AuditWebhookSpec
  readonly webhook: WebhookKey
  /** The namespace goes: little time, and nobody who could wait for a queue to drain. */
  readonly inHaste: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
}

const attemptMilliseconds = 10_000
const lookMilliseconds = 5_000

/**
 * Takes the webhook off the cluster unless it is somebody else's by now; in haste within 15 s.
 * @throws ProviderError when that failed, or the signal's reason.
 */
export async function removeWebhook(options: RemovalOptions): Promise<Removal> {
  if (!options.inHaste) return await remove(options)
  return await within(attemptMilliseconds, options, (signal) => remove({ ...options, signal }, options.signal))
}

/** @param pass lasts longer than the attempt. */
async function remove(options: RemovalOptions, pass: AbortSignal = options.signal): Promise<Removal> {
  const { connection, resource, spec, webhook, inHaste, clock, signal } = options
  const { provider } = connection
  const applied = resource.status?.applied
  const observed = await provider.read(webhook, { signal })
  if (observed.state === 'Absent') return { kind: 'NothingToDo' }
  if (connection.type === 'WEKA') {
    // The finalizer comes before the first apply and the status after each: an end in between leaves only the spec to tell by.
    if (applied === undefined && !observed.enabled) return { kind: 'NothingToDo' }
    const isOurs = [applied?.endpoint, withoutQuery(spec.endpoint)].includes(withoutQuery(observed.endpoint))
    if (observed.enabled && !isOurs) {
      if (applied === undefined) return { kind: 'NothingToDo' }
      const why = `It was changed by hand and leads to '${hostOf(observed.endpoint)}' now.`
      return { kind: 'LeftBehind', reason: 'ForeignWebhook', why }
    }
  }
  const keepsNothing = inHaste || !observed.enabled
  const leftover = keepsNothing ? nothingLeft : await drain({ connection, webhook, clock, signal })
  try {
    await provider.remove(webhook, { signal })
  } catch (error) {
    // The cluster may have done it and still be busy with what follows, such as a restart of its S3 containers.
    if (!inHaste || !(error instanceof ProviderError) || !(await isOff({ ...options, signal: pass }))) throw error
  }
  if (observed.overrides.length > 0) {
    const after = await provider.read(webhook, { signal })
    if (after.state === 'Present' && after.enabled) {
      const why = `The environment of the S3 cluster fixes ${[...after.overrides].sort().join(', ')} of it and keeps it on.`
      return { kind: 'LeftBehind', reason: 'EnvironmentOverride', why }
    }
  }
  return { kind: 'Removed', leftover }
}

/** False also when the cluster does not tell. @throws the signal's reason. */
async function isOff(options: RemovalOptions): Promise<boolean> {
  const { connection, webhook } = options
  try {
    const observed = await within(lookMilliseconds, options, (signal) => connection.provider.read(webhook, { signal }))
    return observed.state === 'Absent' || !observed.enabled
  } catch (error) {
    if (error instanceof ProviderError) return false
    throw error
  }
}

/** @throws ProviderError when the time is up. */
async function within<T>(
  milliseconds: number,
  { clock, signal }: Pick<RemovalOptions, 'clock' | 'signal'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using deadline = createDeadline({
    clock,
    milliseconds,
    signal,
    reason: () =>
      new ProviderError(
        'ClusterUnreachable',
        `The S3 cluster did not do it within ${milliseconds / 1000} s, and no longer is waited for when the namespace is being deleted.`,
      ),
  })
  return await work(deadline.signal)
}
