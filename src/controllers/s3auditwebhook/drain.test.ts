import { describe, expect, test } from 'vitest'

import { createFakeClock } from '../../../test/support/fake-clock.ts'
import type { AuditWebhookProvider, DeliveryReport, DesiredWebhook, ObservedWebhook } from '../../providers/provider.ts'
import type { ClusterConnection } from '../s3cluster/cluster-state.ts'
import { drain, dropsQueue, leftoverText } from './drain.ts'

const signal = new AbortController().signal
const unused = (): Promise<never> => Promise.reject(new Error('Draining only asks how delivery goes'))

function report(queuedEvents: number, more: Partial<DeliveryReport> = {}): DeliveryReport {
  const node = { node: 'n1', online: true, capacityEvents: 100, failedAttempts: 0, handledMessages: 10 }
  return { nodes: [{ ...node, queuedEvents }], ...more }
}

/** Drains a cluster whose answers are `reports`, the last one for ever. @returns what was left, and after how long. */
async function drained(...reports: readonly DeliveryReport[]) {
  const clock = createFakeClock()
  const fresh: boolean[] = []
  const provider: AuditWebhookProvider = {
    identify: unused,
    read: unused,
    apply: unused,
    remove: unused,
    delivery(_webhook, options) {
      fresh.push(options.fresh === true)
      return Promise.resolve(reports[Math.min(fresh.length, reports.length) - 1] ?? report(0))
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const connection: ClusterConnection = {
    type: 'MinIO',
    identity: { id: 'i', name: 'n', version: 'v' },
    provider,
    targetName: () => 't',
    driftCheckSeconds: 300,
    epoch: 1,
  }
  const ends: number[] = []
  const left = drain({ connection, webhook: { targetName: 't' }, clock, signal })
  const ended = left.then(() => ends.push(clock.monotonic()))
  while (ends.length === 0) await clock.advance(1_000)
  await ended
  expect(fresh.every(Boolean)).toBe(true)
  return { left: await left, seconds: (ends[0] ?? 0) / 1000 }
}

describe('a queue that a change would drop', () => {
  test('is waited for until it is empty', async () => {
    const { left, seconds } = await drained(report(9), report(4), report(0))
    expect(left).toEqual({ events: 0, inStore: false })
    expect(seconds).toBeLessThan(6)
  })

  test('is given up after a minute, and what is left is told', async () => {
    const { left, seconds } = await drained(report(9))
    expect(left).toEqual({ events: 9, inStore: false })
    expect(seconds).toBeGreaterThanOrEqual(60)
    expect(seconds).toBeLessThan(65)
  })

  test('is not taken for empty by figures that are older than the wait', async () => {
    const { left, seconds } = await drained(report(0, { maximumAgeMilliseconds: 10_000 }))
    expect(left.events).toBe(0)
    expect(seconds).toBeGreaterThanOrEqual(10)
    expect(seconds).toBeLessThan(15)
  })

  test('may go on in a directory that nobody counts, when sends fail', async () => {
    const [healthy] = report(0).nodes
    if (healthy === undefined) throw new Error('The report names a node')
    const failing = { nodes: [{ ...healthy, failedAttempts: 3 }], uncountedStore: true }
    expect((await drained(failing)).left).toEqual({ events: 0, inStore: true })
    expect((await drained(report(0, { uncountedStore: true }))).left).toEqual({ events: 0, inStore: false })
  })
})

test('what is left is told in words, and nothing in none', () => {
  expect(leftoverText({ events: 0, inStore: false })).toBeUndefined()
  expect(leftoverText({ events: 7, inStore: false })).toBe('7 events that still waited for the target were dropped.')
  expect(leftoverText({ events: 7, inStore: true })).toContain('queue directory')
})

describe('a change drops the queue', () => {
  const observed: ObservedWebhook = {
    state: 'Present',
    endpoint: 'http://h/',
    enabled: true,
    token: { kind: 'None' },
    settings: { queue_dir: '/q', queue_size: '5' },
    overrides: [],
  }
  const desired: DesiredWebhook = {
    endpoint: 'http://h/',
    enabled: true,
    authorization: undefined,
    settings: { queue_dir: '/q', queue_size: '5' },
  }
  test.each<{ name: string; from?: ObservedWebhook; to: Partial<DesiredWebhook>; want: boolean }>([
    { name: 'when it switches the webhook off', to: { enabled: false }, want: true },
    { name: 'when it moves the directory', to: { settings: { queue_dir: '/other' } }, want: true },
    { name: 'when it takes the directory away', to: { settings: { queue_dir: '' } }, want: true },
    { name: 'not when it only leads elsewhere', to: { endpoint: 'http://other/' }, want: false },
    { name: 'not when it only resizes', to: { settings: { queue_dir: '/q', queue_size: '9' } }, want: false },
    { name: 'not when it is off already', from: { ...observed, enabled: false }, to: { enabled: false }, want: false },
    { name: 'not when there is none', from: { state: 'Absent' }, to: {}, want: false },
  ])('$name', ({ from = observed, to, want }) => {
    expect(dropsQueue(from, { ...desired, ...to })).toBe(want)
  })
})
