import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import { sleep } from '../../kube/sleep.ts'
import { ProviderError } from '../provider-error.ts'
import type { ObservedWebhook } from '../provider.ts'
import { UnknownOutcome } from './management-api.ts'
import { waitForContainers } from './wait-for-containers.ts'
import type { WekaClient } from './weka-client.ts'

const maximumTries = 3

/** Pauses before each look at the webhook after an answer was lost. A pending change may take up to a minute. */
const readBackPauses: Readonly<Record<UnknownOutcome['state'], readonly number[]>> = {
  Interrupted: [0, 1_000],
  Failed: [0, 1_000],
  Pending: [0, 2_000, 4_000, 8_000, 16_000],
}

/**
 * Sends one change and resolves when it is in force and the S3 containers that served before serve again. Each change may restart
 * them, so one whose answer is lost is sent again only when the cluster shows that it had no effect.
 * @throws ProviderError, or the signal's reason.
 */
export async function changeWebhook(options: {
  readonly client: WekaClient
  readonly send: (signal: AbortSignal) => Promise<void>
  /** Whether the webhook proves that the change took effect. */
  readonly isDone: (webhook: ObservedWebhook, signal: AbortSignal) => Promise<boolean>
  readonly clock: Clock
  readonly logger: Logger | undefined
  readonly signal: AbortSignal
}): Promise<void> {
  const { client, send, isDone, clock, logger, signal } = options

  async function tookEffect(state: UnknownOutcome['state']): Promise<boolean> {
    for (const pause of readBackPauses[state]) {
      if (pause > 0) await sleep(clock, pause, signal)
      if (await isDone(await client.webhook(signal), signal)) return true
    }
    return false
  }

  const before = await client.readiness(signal)
  for (let tries = 1; ; tries++) {
    try {
      await send(signal)
      break
    } catch (error) {
      if (!(error instanceof UnknownOutcome)) throw error
      logger?.warn({ reason: error.error.code, state: error.state }, 'The answer to a change of the webhook is lost')
      if (await tookEffect(error.state)) break
      if (error.state !== 'Interrupted' || tries >= maximumTries) throw failure(error)
    }
  }
  if (before !== undefined) await waitForContainers({ client, before, clock, signal })
}

function failure({ error, state }: UnknownOutcome): ProviderError {
  return state === 'Failed' && error.code === 'ClusterUnreachable'
    ? new ProviderError('ApplyFailed', `${error.message} The audit webhook was not changed.`, { cause: error })
    : error
}
