import { abortable } from '../../../src/kube/abortable.ts'
import type { Clock } from '../../../src/kube/clock.ts'
import { sleep } from '../../../src/kube/sleep.ts'
import { postEvent, type PostTarget } from './post-event.ts'

/**
 * How the S3 server sends. `minio2021` is MinIO's sender of April 2021, which WEKA's seems to descend from; `minio-current` is that of
 * today; `batch` sends several events at once, one a line, which is a guess about release 6.0.
 */
export const deliveryModes = ['minio2021', 'minio-current', 'batch'] as const
export type DeliveryMode = (typeof deliveryModes)[number]

interface SenderRules {
  readonly capacity: number
  /** An empty object must be accepted when the server starts, else nothing is ever sent. */
  readonly probesAtStart: boolean
  readonly accepts: (status: number | undefined) => boolean
  /** Absent: an event that fails is lost. */
  readonly retryMilliseconds?: number
  readonly eventsPerPost: number
}

const is200 = (status: number | undefined): boolean => status === 200

const rules: Readonly<Record<DeliveryMode, SenderRules>> = {
  minio2021: { capacity: 10_000, probesAtStart: true, accepts: is200, eventsPerPost: 1 },
  'minio-current': {
    capacity: 100_000,
    probesAtStart: false,
    accepts: (status) => status !== undefined && status >= 200 && status < 300,
    retryMilliseconds: 3_000,
    eventsPerPost: 1,
  },
  batch: { capacity: 10_000, probesAtStart: true, accepts: is200, eventsPerPost: 100 },
}

const probeTimeoutMilliseconds = 1_000
const eventTimeoutMilliseconds = 5_000

/** Figures of one server since it was made. Real servers do not tell them. */
export interface SenderCounts {
  /** Whether the target was taken at the last start. */
  registered: boolean
  queued: number
  delivered: number
  /** Sent in vain and given up. */
  failed: number
  /** Never sent: the queue was full, or nothing was registered, or a restart emptied the queue. */
  dropped: number
}

/** The sending half of one S3 server. */
export interface Sender extends AsyncDisposable {
  readonly counts: Readonly<SenderCounts>
  enqueue(event: string): void
  /** Begins with an empty queue; without a target nothing is audited. */
  start(target: PostTarget | undefined): Promise<void>
  /** Loses the queue. */
  stop(): Promise<void>
}

export function createSender(mode: DeliveryMode, clock: Clock): Sender {
  const rule = rules[mode]
  const counts: SenderCounts = { registered: false, queued: 0, delivered: 0, failed: 0, dropped: 0 }
  let run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined
  let queue: string[] = []
  let wake: (() => void) | undefined

  async function work(target: PostTarget, signal: AbortSignal): Promise<void> {
    const post = (body: string, timeoutMilliseconds: number): Promise<number | undefined> =>
      postEvent(target, body, { clock, timeoutMilliseconds, signal })
    if (rule.probesAtStart && !is200(await post('{}', probeTimeoutMilliseconds))) return
    signal.throwIfAborted()
    counts.registered = true
    for (;;) {
      if (queue.length === 0) {
        await abortable(new Promise<void>((resolve) => (wake = resolve)), signal)
        continue
      }
      const batch = queue.slice(0, rule.eventsPerPost)
      const accepted = rule.accepts(await post(batch.join('\n'), eventTimeoutMilliseconds))
      signal.throwIfAborted()
      if (!accepted && rule.retryMilliseconds !== undefined) {
        await sleep(clock, rule.retryMilliseconds, signal)
        continue
      }
      queue.splice(0, batch.length)
      counts.queued = queue.length
      if (accepted) counts.delivered += batch.length
      else counts.failed += batch.length
    }
  }

  async function stop(): Promise<void> {
    const stopping = run
    run = undefined
    counts.dropped += queue.length
    counts.queued = 0
    counts.registered = false
    queue = []
    stopping?.abort.abort(new Error('The server stops'))
    await stopping?.done
  }

  return {
    counts,
    enqueue(event) {
      if (!counts.registered || queue.length >= rule.capacity) {
        counts.dropped++
        return
      }
      queue.push(event)
      counts.queued = queue.length
      wake?.()
    },
    async start(target) {
      await stop()
      if (target === undefined) return
      const abort = new AbortController()
      const done = work(target, abort.signal).catch((error: unknown) => {
        if (!abort.signal.aborted) throw error
      })
      run = { abort, done }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
