import { judgeDelivery, type DeliveryJudgement, type DeliverySample } from '../../buffer/delivery-judgement.ts'
import { lostBetween } from '../../buffer/lost-events.ts'
import { isReset } from '../../buffer/node-counters.ts'
import { recentSamples } from '../../buffer/node-level.ts'
import { withSample } from '../../buffer/sample-history.ts'
import type { ProviderError } from '../../providers/provider-error.ts'

/** What the cluster of one webhook said lately. */
export interface DeliverySnapshot {
  /**
   * Oldest first, since the counters were last reset, as `withSample` keeps them: those of regular looks, which are far enough
   * apart to show a trend.
   */
  readonly samples: readonly DeliverySample[]
  /** There was no regular look yet: the only one of `samples` is of a quick look, and stands in for it. */
  readonly provisional: boolean
  /** Quick looks, and events of ours with them, since the last of `samples`. */
  readonly disturbed: boolean
  /** The newest one, of whichever look. */
  readonly latest: DeliverySample | undefined
  /** Events that were seen to find no room since queues were last empty. */
  readonly lostEvents: number
  /** Undefined while nothing can be judged. */
  readonly judgement: DeliveryJudgement | undefined
  /** The last question was not answered. */
  readonly unanswered: ProviderError | undefined
}

/** Before anything was asked. */
export const emptySnapshot: DeliverySnapshot = {
  samples: [],
  provisional: true,
  disturbed: false,
  latest: undefined,
  lostEvents: 0,
  judgement: undefined,
  unanswered: undefined,
}

/**
 * The snapshot after one more sample. Pure. Quick looks make events of their own and ask for newer figures than regular ones do:
 * together they would show rates and resets that there are not.
 */
export function advanceSnapshot(
  before: DeliverySnapshot,
  sample: DeliverySample,
  { quick }: { readonly quick: boolean },
): DeliverySnapshot {
  const { latest, judgement, lostEvents } = before
  const waiting = sample.nodes.some((node) => node.queuedEvents > 0)
  return {
    samples: quick ? quickSamples(before, sample) : regularSamples(before, sample),
    provisional: quick && before.provisional,
    disturbed: quick,
    latest: sample,
    lostEvents: latest === undefined || !waiting ? 0 : lostEvents + lostBetween(latest, sample),
    judgement: judgeDelivery(latest, sample, judgement),
    unanswered: undefined,
  }
}

function quickSamples({ samples, provisional }: DeliverySnapshot, sample: DeliverySample): readonly DeliverySample[] {
  return provisional ? [sample] : samples
}

function regularSamples(
  { samples, provisional, disturbed }: DeliverySnapshot,
  sample: DeliverySample,
): readonly DeliverySample[] {
  const isFirst = provisional || startsAnew(samples.at(-1), sample)
  return withSample(isFirst ? [] : samples, disturbed ? { ...sample, disturbed } : sample)
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
const newsSamples = recentSamples

/** True when what people read may be another than when the pass was last told. Pure. */
export function isNews(told: DeliverySnapshot, now: DeliverySnapshot): boolean {
  if (told.judgement?.reason !== now.judgement?.reason || told.unanswered?.code !== now.unanswered?.code) return true
  if (told.samples === now.samples) return false
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
