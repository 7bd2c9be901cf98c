import { isReset, isWaiting, takenMessages } from '../../buffer/node-counters.ts'
import type { DeliverySnapshot } from './delivery-snapshot.ts'

/**
 * A run of looks in quick succession that finds out whether the cluster delivers now: after a change, after a read-back, which the
 * cluster audits and therefore sends, and after a first sign of failure. `look` is the number of the next one.
 */
export interface DeliveryProof {
  readonly look: number
}

/** Each is another one, even while an earlier one is under way. */
export function startProof(): DeliveryProof {
  return { look: 0 }
}

/** Before each look; together longer than the longest pause between a sender's tries (60 seconds) where none comes sooner. */
const pausesMilliseconds = [1_500, 3_000, 3_000, 6_000, 12_000, 24_000, 24_000] as const
/** The first looks make the cluster send something, so that the later ones have something to see. */
const provokingLooks = 2
/** By then a sender with MinIO's defaults has tried again what failed before: a target that is mended is seen to be. */
const patientLooks = 4

export function pauseBefore({ look }: DeliveryProof): number {
  return pausesMilliseconds[look] ?? 0
}

export function isProvoking({ look }: DeliveryProof): boolean {
  return look < provokingLooks
}

/** The proof after a look; undefined when it has ended, for it is known what there was to know or it took too long. Pure. */
export function advanceProof(
  { look }: DeliveryProof,
  before: DeliverySnapshot,
  after: DeliverySnapshot,
): DeliveryProof | undefined {
  const next = look + 1
  const isOver = next >= pausesMilliseconds.length || (next >= patientLooks && isKnownToFail(after))
  return isOver || isSettled(before, after) ? undefined : { look: next }
}

/** A first sign of failure, which one more look tells from a blip. */
export function isDoubtful({ judgement }: DeliverySnapshot): boolean {
  if (judgement === undefined || judgement.reason !== 'ClusterDelivers') return false
  return [...judgement.trends.values()].some(({ failing }) => failing > 0)
}

function isKnownToFail({ judgement }: DeliverySnapshot): boolean {
  return judgement !== undefined && judgement.reason !== 'ClusterDelivers' && judgement.reason !== 'NothingSentYet'
}

function isSettled(before: DeliverySnapshot, after: DeliverySnapshot): boolean {
  const { judgement, latest, unanswered } = after
  if (unanswered !== undefined || latest?.notReported === true) return true
  if (judgement?.reason !== 'ClusterDelivers' || isDoubtful(after)) return false
  if (latest?.nodes.some(isWaiting) === true) return false
  // A sender that waits for an answer has an event in hand and takes no other one.
  return (latest?.nodes ?? []).some((node) => {
    const earlier = before.latest?.nodes.find((other) => other.node === node.node)
    return earlier !== undefined && !isReset(earlier, node) && takenMessages(node) - takenMessages(earlier) >= 1
  })
}
