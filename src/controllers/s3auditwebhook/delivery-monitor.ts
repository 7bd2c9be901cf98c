import { judgeDelivery, type DeliveryJudgement, type DeliverySample } from '../../buffer/delivery-judgement.ts'
import { lostBetween } from '../../buffer/lost-events.ts'
import { isReset } from '../../buffer/node-counters.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { AuditWebhookProvider, NodeDelivery, WebhookKey } from '../../providers/provider.ts'

/** What the cluster of one webhook said lately. */
export interface DeliverySnapshot {
  /** Oldest first, all since the counters were last reset. */
  readonly samples: readonly DeliverySample[]
  /** Events that were seen to find no room since queues were last empty. */
  readonly lostEvents: number
  /** Undefined while nothing can be judged. */
  readonly judgement: DeliveryJudgement | undefined
  /** The last question was not answered. */
  readonly unanswered: ProviderError | undefined
}

export interface DeliverySubject {
  readonly provider: AuditWebhookProvider
  readonly webhook: WebhookKey
  readonly periodMilliseconds: number
}

/** What the metrics are told of each answer. */
export interface DeliveryObserver {
  reported(resource: string, nodes: readonly NodeDelivery[]): void
}

/** Asks clusters that tell it how delivery goes, each on its own timer. */
export interface DeliveryMonitor extends AsyncDisposable {
  /** Starts or adjusts; a cluster that tells nothing is never asked. */
  watch(key: string, subject: DeliverySubject): void
  unwatch(key: string): void
  /** The webhook was changed: counters start anew, and what was found no longer holds. */
  restart(key: string): void
  /** Undefined before the first answer, and for what is not watched. */
  snapshot(key: string): DeliverySnapshot | undefined
}

/** As many as show a trend; the oldest go first. */
const maximumSamples = 5
/** The first look after a change, when its own audit entry has had time to be sent. */
const firstLookMilliseconds = 3_000

interface Watched {
  subject: DeliverySubject
  snapshot: DeliverySnapshot | undefined
  /** The snapshot of the last news. */
  told: DeliverySnapshot | undefined
  timer: Disposable | undefined
  question: AbortController | undefined
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

  function schedule(key: string, watched: Watched, milliseconds: number): void {
    watched.timer?.[Symbol.dispose]()
    watched.timer = clock.timer(milliseconds, () => {
      if (watched.question !== undefined) return
      const question = ask(key, watched)
      questions.add(question)
      void question.finally(() => questions.delete(question))
    })
  }

  /** One look; never rejects. */
  async function ask(key: string, watched: Watched): Promise<void> {
    const abort = new AbortController()
    watched.question = abort
    const { provider, webhook } = watched.subject
    try {
      const report = await provider.delivery?.(webhook, { signal: abort.signal })
      if (report !== undefined && !abort.signal.aborted) {
        watched.snapshot = advance(watched.snapshot, { ...report, time: clock.now() })
        observer.reported(key, report.nodes)
      }
    } catch (error) {
      if (error instanceof ProviderError) watched.snapshot = { ...(watched.snapshot ?? nothing), unanswered: error }
      else if (!abort.signal.aborted) logger.error({ err: error, resource: key }, 'Delivery could not be read')
    } finally {
      watched.question = undefined
      if (subjects.get(key) === watched) {
        const period = watched.subject.periodMilliseconds * (0.9 + random() * 0.2)
        schedule(key, watched, abort.signal.aborted ? firstLookMilliseconds : period)
        tellNews(key, watched)
      }
    }
  }

  function tellNews(key: string, watched: Watched): void {
    const { snapshot } = watched
    if (snapshot === undefined || (watched.told !== undefined && !isNews(watched.told, snapshot))) return
    watched.told = snapshot
    onChange(key)
  }

  function unwatch(key: string): void {
    const watched = subjects.get(key)
    subjects.delete(key)
    watched?.timer?.[Symbol.dispose]()
    watched?.question?.abort(new Error('Delivery is no longer watched'))
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
      const watched: Watched = { subject, snapshot: undefined, told: undefined, timer: undefined, question: undefined }
      subjects.set(key, watched)
      schedule(key, watched, firstLookMilliseconds * random())
    },
    unwatch,
    restart(key) {
      const watched = subjects.get(key)
      if (watched === undefined) return
      watched.snapshot = undefined
      watched.told = undefined
      watched.question?.abort(new Error('The webhook changed meanwhile'))
      schedule(key, watched, firstLookMilliseconds)
    },
    snapshot: (key) => subjects.get(key)?.snapshot,
    async [Symbol.asyncDispose]() {
      for (const key of subjects.keys()) unwatch(key)
      await Promise.all(questions)
    },
  }
}

const nothing: DeliverySnapshot = { samples: [], lostEvents: 0, judgement: undefined, unanswered: undefined }

function advance(before: DeliverySnapshot | undefined, sample: DeliverySample): DeliverySnapshot {
  const { samples, judgement, lostEvents } = before ?? nothing
  const last = samples.at(-1)
  const waiting = sample.nodes.some((node) => node.queuedEvents > 0)
  return {
    samples: [...(startsAnew(last, sample) ? [] : samples), sample].slice(-maximumSamples),
    lostEvents: last === undefined || !waiting ? 0 : lostEvents + lostBetween(last, sample),
    judgement: judgeDelivery(last, sample, judgement),
    unanswered: undefined,
  }
}

function startsAnew(before: DeliverySample | undefined, sample: DeliverySample): boolean {
  return sample.nodes.some((node) => {
    const last = before?.nodes.find((other) => other.node === node.node)
    return last !== undefined && isReset(last, node)
  })
}

/** A level that moved by less is not worth a pass: what people read moves in steps of 5 percent. */
const newsShare = 0.02
/** The first looks make a trend, and a rate needs some more. */
const newsSamples = maximumSamples

function isNews(told: DeliverySnapshot, now: DeliverySnapshot): boolean {
  if (told.judgement?.reason !== now.judgement?.reason || told.unanswered?.code !== now.unanswered?.code) return true
  if (told.samples.length < newsSamples) return true
  const [before, after] = [fullest(told), fullest(now)]
  if ((before === 0) !== (after === 0) || before >= 1 !== after >= 1) return true
  return Math.abs(after - before) >= newsShare
}

/** The share of its capacity that waits at the fullest node. */
function fullest({ samples }: DeliverySnapshot): number {
  const nodes = samples.at(-1)?.nodes ?? []
  return Math.max(0, ...nodes.map((node) => node.queuedEvents / Math.max(node.capacityEvents, 1)))
}
