import type { Clock } from '../../kube/clock.ts'
import { createDelayQueue, type Delayed } from '../../kube/delay-queue.ts'
import type { Logger } from '../../kube/logger.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { AuditWebhookProvider, NodeDelivery, WebhookKey } from '../../providers/provider.ts'
import { advanceProof, isDoubtful, isProvoking, pauseBefore, startProof, type DeliveryProof } from './delivery-proof.ts'
import { advanceSnapshot, emptySnapshot, isNews, type DeliverySnapshot } from './delivery-snapshot.ts'

export interface DeliverySubject {
  readonly provider: AuditWebhookProvider
  readonly webhook: WebhookKey
  readonly periodMilliseconds: number
}

/** What the metrics are told of each answer. */
export interface DeliveryObserver {
  reported(resource: string, nodes: readonly NodeDelivery[]): void
}

/** Asks clusters that tell it how delivery goes, each in its own time. */
export interface DeliveryMonitor extends AsyncDisposable {
  /** Starts or adjusts; a cluster that tells nothing is never asked. */
  watch(key: string, subject: DeliverySubject): void
  unwatch(key: string): void
  /** The webhook was changed: counters start anew, and what was found no longer holds. */
  restart(key: string): void
  /** The webhook was read back, so the cluster has something to send: finds out within seconds whether it arrives. */
  prove(key: string): void
  /** Undefined before the first answer, and for what is not watched. */
  snapshot(key: string): DeliverySnapshot | undefined
}

/** Delayed until its next look. */
interface Watched extends Delayed {
  readonly key: string
  subject: DeliverySubject
  snapshot: DeliverySnapshot | undefined
  /** The snapshot of the last news. */
  told: DeliverySnapshot | undefined
  question: AbortController | undefined
  /** The run of quick looks that is under way. */
  proof: DeliveryProof | undefined
}

export function createDeliveryMonitor(options: {
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly observer: DeliveryObserver
  /** Called when a look brought news; what it means is for the pass to judge. */
  readonly onChange: (key: string) => void
}): DeliveryMonitor {
  const { clock, random, logger, observer, onChange } = options
  const subjects = new Map<string, Watched>()
  const questions = new Set<Promise<void>>()
  const delayed = createDelayQueue(clock, look)

  function schedule(watched: Watched): void {
    const pause = watched.proof === undefined ? watched.subject.periodMilliseconds : pauseBefore(watched.proof)
    delayed.set(watched, pause * (0.9 + random() * 0.2))
  }

  function look(watched: Watched): void {
    if (watched.question !== undefined) return
    const question = ask(watched)
    questions.add(question)
    void question.finally(() => questions.delete(question))
  }

  /** One look; never rejects. */
  async function ask(watched: Watched): Promise<void> {
    const abort = new AbortController()
    watched.question = abort
    const { key, subject, proof } = watched
    const before = watched.snapshot ?? emptySnapshot
    try {
      const report = await subject.provider.delivery?.(subject.webhook, {
        signal: abort.signal,
        ...(proof === undefined ? {} : { fresh: true, provoke: isProvoking(proof) }),
      })
      if (report !== undefined && !abort.signal.aborted) {
        const sample = { ...report, time: clock.now() }
        watched.snapshot = advanceSnapshot(before, sample, { quick: proof !== undefined })
        observer.reported(key, report.nodes)
      }
    } catch (error) {
      if (abort.signal.aborted) return
      if (error instanceof ProviderError) watched.snapshot = { ...before, unanswered: error }
      else logger.error({ err: error, resource: key }, 'Delivery could not be read')
    } finally {
      watched.question = undefined
      if (subjects.get(key) === watched) {
        // A proof that was asked for meanwhile begins at its beginning.
        if (watched.proof === proof) watched.proof = nextProof(proof, before, watched.snapshot ?? emptySnapshot)
        schedule(watched)
        tellNews(watched)
      }
    }
  }

  function tellNews(watched: Watched): void {
    const { snapshot } = watched
    if (snapshot === undefined || (watched.told !== undefined && !isNews(watched.told, snapshot))) return
    watched.told = snapshot
    onChange(watched.key)
  }

  function unwatch(key: string): void {
    const watched = subjects.get(key)
    subjects.delete(key)
    if (watched === undefined) return
    delayed.cancel(watched)
    watched.question?.abort(new Error('Delivery is no longer watched'))
  }

  return {
    watch(key, subject) {
      if (subject.provider.delivery === undefined) {
        unwatch(key)
        return
      }
      const known = subjects.get(key)
      if (known !== undefined) {
        known.subject = subject
        return
      }
      const watched: Watched = {
        key,
        subject,
        snapshot: undefined,
        told: undefined,
        question: undefined,
        proof: startProof(),
        dueAt: 0,
        order: 0,
        place: -1,
      }
      subjects.set(key, watched)
      schedule(watched)
    },
    unwatch,
    restart(key) {
      const watched = subjects.get(key)
      if (watched === undefined) return
      watched.snapshot = undefined
      watched.told = undefined
      watched.question?.abort(new Error('The webhook changed meanwhile'))
      watched.proof = startProof()
      schedule(watched)
    },
    prove(key) {
      const watched = subjects.get(key)
      if (watched === undefined) return
      watched.proof = startProof()
      schedule(watched)
    },
    snapshot: (key) => subjects.get(key)?.snapshot,
    async [Symbol.asyncDispose]() {
      for (const key of subjects.keys()) unwatch(key)
      await Promise.all(questions)
    },
  }
}

function nextProof(
  proof: DeliveryProof | undefined,
  before: DeliverySnapshot,
  after: DeliverySnapshot,
): DeliveryProof | undefined {
  if (proof !== undefined) return advanceProof(proof, before, after)
  return isDoubtful(after) ? startProof() : undefined
}
