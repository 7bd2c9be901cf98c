import { describe, expect, test } from 'vitest'

import type { DeliveryJudgement } from '../../buffer/delivery-judgement.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { NodeDelivery } from '../../providers/provider.ts'
import { advanceProof, isDoubtful, isProvoking, pauseBefore, startProof, type DeliveryProof } from './delivery-proof.ts'
import { emptySnapshot, type DeliverySnapshot } from './delivery-snapshot.ts'

function snapshot(
  reason: DeliveryJudgement['reason'] | undefined,
  node: Partial<NodeDelivery> = {},
  { failing = 0 } = {},
): DeliverySnapshot {
  const row = { node: 'n1', online: true, queuedEvents: 0, capacityEvents: 100, failedAttempts: 0, handledMessages: 10 }
  const trends = new Map([['n1', { failing, growing: 0 }]])
  return {
    ...emptySnapshot,
    latest: { time: 0, nodes: [{ ...row, ...node }] },
    judgement: reason === undefined ? undefined : { reason, message: '', trends },
  }
}

const early: DeliveryProof = { look: 1 }
const late: DeliveryProof = { look: 3 }

describe('a proof', () => {
  test.each<{ name: string; proof: DeliveryProof; before?: DeliverySnapshot; after: DeliverySnapshot; ends: boolean }>([
    {
      name: 'ends when an event was taken from the queue and none failed',
      proof: early,
      before: snapshot('ClusterDelivers', { handledMessages: 10 }),
      after: snapshot('ClusterDelivers', { handledMessages: 12 }),
      ends: true,
    },
    {
      name: 'goes on while nothing moves, for a sender may be waiting for an answer',
      proof: early,
      before: snapshot('ClusterDelivers'),
      after: snapshot('ClusterDelivers', { handledMessages: 11, queuedEvents: 1 }),
      ends: false,
    },
    {
      name: 'goes on at a first failure, which may be a blip',
      proof: early,
      before: snapshot('ClusterDelivers'),
      after: snapshot('ClusterDelivers', { handledMessages: 12, failedAttempts: 1 }, { failing: 1 }),
      ends: false,
    },
    { name: 'goes on while nothing was sent', proof: late, after: snapshot('NothingSentYet'), ends: false },
    { name: 'goes on while nothing can be judged', proof: late, after: snapshot(undefined), ends: false },
    {
      name: 'does not end at the first sight of failure, for the target may just have been mended',
      proof: early,
      after: snapshot('SendsFailing'),
      ends: false,
    },
    { name: 'ends when sends keep failing', proof: late, after: snapshot('SendsFailing'), ends: true },
    { name: 'ends when the target stays offline', proof: late, after: snapshot('ClusterReportsOffline'), ends: true },
    {
      name: 'proves nothing by counters that started anew',
      proof: early,
      before: snapshot('ClusterDelivers', { handledMessages: 100 }),
      after: snapshot('ClusterDelivers', { handledMessages: 4 }),
      ends: false,
    },
    {
      name: 'ends when the cluster does not answer',
      proof: early,
      after: { ...emptySnapshot, unanswered: new ProviderError('ClusterUnreachable', 'away') },
      ends: true,
    },
    {
      name: 'ends when this version of the cluster tells nothing',
      proof: early,
      after: { ...snapshot('NothingSentYet'), latest: { time: 0, nodes: [], notReported: true } },
      ends: true,
    },
  ])('$name', ({ proof, before = emptySnapshot, after, ends }) => {
    expect(advanceProof(proof, before, after)).toEqual(ends ? undefined : { look: proof.look + 1 })
  })

  test('without a finding lasts for more than a minute, makes events only at its beginning, and ends', () => {
    const silent = snapshot('NothingSentYet')
    let milliseconds = 0
    const provoking: boolean[] = []
    for (let proof: DeliveryProof | undefined = startProof(); proof; proof = advanceProof(proof, silent, silent)) {
      milliseconds += pauseBefore(proof)
      provoking.push(isProvoking(proof))
    }
    expect(milliseconds).toBeGreaterThan(60_000)
    expect(milliseconds).toBeLessThan(120_000)
    expect(provoking).toEqual([true, true, false, false, false, false, false])
  })
})

test('only a failure that is not yet a finding is doubtful', () => {
  expect(isDoubtful(snapshot('ClusterDelivers', {}, { failing: 1 }))).toBe(true)
  expect(isDoubtful(snapshot('ClusterDelivers'))).toBe(false)
  expect(isDoubtful(snapshot('SendsFailing', {}, { failing: 3 }))).toBe(false)
  expect(isDoubtful(emptySnapshot)).toBe(false)
})
