import { hostname } from 'node:os'

import type { UninstallConfig } from './config.ts'
import { describeFailure } from './describe-failure.ts'
import { ApiUnreachableError, isNamespaceTerminating, isNotFound } from './kube/api-error.ts'
import type { Clock } from './kube/clock.ts'
import { createDeadline } from './kube/deadline.ts'
import { listObjects } from './kube/objects.ts'
import type { RestClient } from './kube/rest-client.ts'
import { createCommandClient, leaseName, loadKubeConfig } from './kubernetes-access.ts'
import { type ClosedLease, closeLease } from './uninstall/close-lease.ts'
import { describeRelease, describeResource, heldKinds } from './uninstall/held-resource.ts'
import { releaseResources } from './uninstall/release-resources.ts'
import { tryAgain, type TryAgainOptions } from './uninstall/try-again.ts'

export interface RunUninstallOptions {
  readonly config: UninstallConfig
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  /** Standard output: what was done. */
  readonly write: (text: string) => void
  /** Standard error: what could not be done. */
  readonly writeError: (text: string) => void
  readonly signal: AbortSignal
}

type UninstallOptions = RunUninstallOptions & TryAgainOptions

/** What the command ends with: done; some finalizers are left; bad arguments, or the API server does not answer or refuses. */
export type UninstallExitCode = 0 | 1 | 2

/**
 * How long processes that start after the replicas were told to stop wait before they work: a pod that is started anew between this
 * command and the deletion of its Deployment is to find no work to do.
 */
const keptClosedMilliseconds = 60_000

/**
 * Ends the work of the replicas that run, for good, then takes our finalizers off. Nothing is changed on S3 clusters.
 * May be repeated, and ends within the time-out.
 */
export async function runUninstall(options: RunUninstallOptions): Promise<UninstallExitCode> {
  const { config, clock, writeError } = options
  const { timeoutMilliseconds } = config
  const fail = (problem: string): 2 => {
    writeError(`s3-audit-operator: ${problem}\n`)
    return 2
  }
  /** A conflict is an everyday thing, no answer is not. */
  const onRepeat = (error: unknown): void => {
    if (!(error instanceof ApiUnreachableError)) return
    writeError(
      `s3-audit-operator: ${describeFailure(error)}; trying again until ${timeoutMilliseconds / 1000} s have passed\n`,
    )
  }
  using deadline = createDeadline({
    clock,
    milliseconds: timeoutMilliseconds,
    signal: options.signal,
    reason: () => new Error(`there was no answer within ${timeoutMilliseconds / 1000} s`),
  })
  try {
    await using client = createCommandClient(loadKubeConfig(config.kubeconfig), options)
    return await uninstall(client, { ...options, signal: deadline.signal, onRepeat })
  } catch (error) {
    return fail(describeFailure(error))
  }
}

async function uninstall(client: RestClient, options: UninstallOptions): Promise<UninstallExitCode> {
  const { config, write, writeError, signal } = options
  if (!(await tryAgain(options, () => hasKinds(client, config.namespaces, signal)))) {
    write('The API server has none of our resources: their CRDs are gone, and nothing is left to be done.\n')
    return 0
  }
  const lease = await stopReplicas(client, options)
  if (lease === 'StillWorking') return 1

  let count = 0
  const left = await releaseResources({
    client,
    namespaces: config.namespaces,
    clock: options.clock,
    random: options.random,
    onRelease(held) {
      count++
      write(`${describeRelease(held)}\n`)
    },
    signal,
  })
  await lease?.keep(keptClosedMilliseconds, signal).catch(() => undefined)
  if (left.length > 0) {
    for (const { held, problem } of left) writeError(`${describeResource(held)}: still has its finalizer: ${problem}\n`)
    writeError(`s3-audit-operator: ${left.length} finalizers are left; see above, then run this again\n`)
    return 1
  }
  write(
    `Finalizers taken off: ${count}. Nothing was changed on the S3 clusters: their webhooks stay as they are, and go on sending where they are enabled.\n`,
  )
  return 0
}

/** False when all kinds are unknown to the API server. */
async function hasKinds(client: RestClient, namespaces: readonly string[], signal: AbortSignal): Promise<boolean> {
  for (const { type } of heldKinds) {
    try {
      await listObjects(client, type, namespaces[0] ?? '', { signal, metadataOnly: true })
      return true
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  return false
}

async function stopReplicas(
  client: RestClient,
  options: UninstallOptions,
): Promise<ClosedLease | undefined | 'StillWorking'> {
  const { config, clock, write, writeError, signal } = options
  const { leaderElectionNamespace: namespace, timeoutMilliseconds } = config
  if (!config.leaderElect || namespace === undefined) return undefined
  const label = `${namespace}/${leaseName}`
  const close = (): Promise<ClosedLease> =>
    closeLease({
      client,
      lease: { namespace, name: leaseName },
      closer: `${hostname()}_${options.newId()}`,
      milliseconds: timeoutMilliseconds + keptClosedMilliseconds,
      clock,
      signal,
    })
  let lease: ClosedLease
  try {
    lease = await tryAgain(options, close)
  } catch (error) {
    if (!isWithoutNamespace(error)) throw error
    write(`The namespace '${namespace}' of the lease is gone or goes: no operator can work by it.\n`)
    return undefined
  }
  const { leader } = lease
  try {
    const confirmed = await tryAgain(options, () => lease.leaderEnded(signal))
    const ending = confirmed ? 'has ended its work' : 'did not answer, and its time as the leader is over'
    write(
      `Lease ${label} closed: ${leader === '' ? 'nobody led' : `${leader} ${ending}`}. Replicas that run work no more.\n`,
    )
    return lease
  } catch (error) {
    if (!signal.aborted) throw error
    writeError(
      `s3-audit-operator: ${leader} has not ended its work in time: nothing was taken off; give a longer --timeout\n`,
    )
    return 'StillWorking'
  }
}

/** A Lease can neither be made in a namespace that is not there, nor in one that goes. */
function isWithoutNamespace(error: unknown): boolean {
  return isNotFound(error) || isNamespaceTerminating(error)
}
