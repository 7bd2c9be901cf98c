import { describe, expect, test as base } from 'vitest'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import type { HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import type { WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { busyMinute } from '../../support/fast-clock.ts'
import { hecToken } from './weka-resources.ts'
import { openWekaStage, type WekaStage } from './weka-stage.ts'

const test = base.extend<{ readonly stage: WekaStage }>({
  stage: async ({ task: _task }, use) => {
    await using stage = await openWekaStage(await sharedControlPlane())
    await use(stage)
  },
})

const next = 'canary-token-next'
const theirs = 'https://elsewhere.example.com/hook'
/** A handshake is timed by the operator's clock, which is up to twenty times as fast: so there are three seconds for it at least. */
const probe = { periodSeconds: 60, timeoutSeconds: 60, failureThreshold: 1, successThreshold: 1 }
const isSent = (weka: WekaSimulator, token: string): boolean => weka.webhook().authToken === `Splunk ${token}`
const knows = (hec: HecSimulator): void => hec.addToken({ token: next })
const revokes = (hec: HecSimulator): void => hec.revokeToken(hecToken)

interface Story {
  readonly name: string
  /** At the target, before the Secret has the new token. */
  readonly given: (hec: HecSimulator) => void | Promise<void>
  readonly spec?: object
  /** What the operator does with the new token, as `Synced` says it. */
  readonly synced: { readonly status: 'True' | 'False'; readonly reason: string }
  readonly target: { readonly status: 'True' | 'False'; readonly reason?: string }
}

// They mostly wait, each on a stage of its own.
describe.concurrent('a rotated token', () => {
  const refused = { status: 'False', reason: 'ChangeRefused' } as const
  const inForce = { status: 'True', reason: 'Applied' } as const
  const tokenInvalid = { status: 'False', reason: 'TokenInvalid' } as const
  const stories: readonly Story[] = [
    {
      name: 'that the target knows beside the old one is put in force',
      given: knows,
      synced: inForce,
      target: { status: 'True' },
    },
    {
      name: 'that the target does not know yet waits, and the old one stays',
      given: () => undefined,
      synced: refused,
      target: { status: 'True' },
    },
    {
      name: 'that the target does not know yet waits, though the first answers about it are lost',
      given: (hec) => hec.fail({ mode: 'reset', paths: ['raw'], count: 2 }),
      synced: refused,
      target: { status: 'True' },
    },
    {
      name: 'whose predecessor was revoked already is put in force, which ends the outage',
      given(hec) {
        knows(hec)
        revokes(hec)
      },
      synced: inForce,
      target: { status: 'True' },
    },
    {
      name: 'that is not known yet while the old one is revoked waits, and both are told',
      given: revokes,
      synced: refused,
      target: tokenInvalid,
    },
    {
      name: 'that the target does not know is put in force with changePolicy Always',
      given: () => undefined,
      spec: { changePolicy: 'Always' },
      synced: inForce,
      target: tokenInvalid,
    },
  ]

  test.for(stories)('$name', { timeout: 60_000 }, async ({ given, spec, synced, target }, { stage }) => {
    const { weka, hec, world, applied } = stage
    await applied({ probe, ...spec })
    await given(hec)
    await world.apply(world.secret('token', { token: next }))
    if (synced.status === 'True') await eventually('the new token', () => (isSent(weka, next) ? true : undefined))
    await world.until('audit', 'Synced', synced)
    await world.until('audit', 'TargetReachable', target)
    expect(isSent(weka, synced.status === 'True' ? next : hecToken)).toBe(true)
    expect(weka.counters()).toMatchObject({ enables: synced.status === 'True' ? 2 : 1, disables: 0 })
    // Nobody has to touch the resource for what was missing to be noticed.
    hec.addToken({ token: next })
    // What the target said of it is good for a minute.
    await eventually('the new token', () => (isSent(weka, next) ? true : undefined), 3 * busyMinute)
    await world.until('audit', 'Ready', { status: 'True' })
    expect(weka.counters()).toMatchObject({ enables: 2, disables: 0 })
  })

  test('is put in force though the target is away: the operator may stand elsewhere than the cluster', async ({
    stage,
  }) => {
    const { weka, hec, world, applied } = stage
    await applied()
    await hec.down()
    await world.apply(world.secret('token', { token: next }))
    await eventually('the new token', () => (isSent(weka, next) ? true : undefined))
    await world.until('audit', 'Synced', { status: 'True' })
    await hec.up()
  })

  test('does not come between a target that revokes the old one and the tests that tell', async ({ stage }) => {
    const { weka, hec, world, applied } = stage
    await applied()
    revokes(hec)
    await world.until('audit', 'TargetReachable', { status: 'False', reason: 'TokenInvalid' })
    await world.until('audit', 'Synced', { status: 'True', reason: 'Applied' })
    expect(weka.counters()).toMatchObject({ enables: 1, disables: 0 })
  })
})

describe.concurrent('a new endpoint', () => {
  test('that refuses does not replace a working one, and is put in force once it accepts', async ({ stage }) => {
    const { weka, hec, world, webhook, applied } = stage
    await applied()
    const wrong = `${hec.url('raw').origin}/services/nothing-here`
    await world.apply(webhook({ probe, endpoint: wrong }))
    await world.until('audit', 'Synced', { status: 'False', reason: 'ChangeRefused', says: ['endpoint'] })
    await world.until('audit', 'TargetReachable', { status: 'True' })
    expect(weka.webhook().endpoint).toBe(hec.url('raw').href)
    expect(weka.counters().enables).toBe(1)
    await eventually('the Event', async () =>
      (await world.events('audit')).includes('ChangeRefused') ? true : undefined,
    )
    await world.apply(webhook({ probe, endpoint: hec.url('event').href }))
    await eventually('the endpoint', () => (weka.webhook().endpoint === hec.url('event').href ? true : undefined))
    await world.until('audit', 'Ready', { status: 'True' })
    expect(weka.counters().enables).toBe(2)
  })
})

describe.concurrent('drift', () => {
  test('made by a second master is repaired ever more slowly, then no more, and told once an episode', async ({
    stage,
  }) => {
    const { weka, hec, world, applied, requestReadBack } = stage
    await applied()
    const ours = hec.url('raw').href
    const repairedAt: number[] = []
    for (let repairs = 0; repairs < 5; repairs++) {
      weka.setWebhookByHand({ endpoint: theirs })
      await requestReadBack()
      await eventually('the repair', () => (weka.webhook().endpoint === ours ? true : undefined), 30_000)
      repairedAt.push(performance.now())
    }
    weka.setWebhookByHand({ endpoint: theirs })
    await requestReadBack()
    await world.until('audit', 'Synced', { status: 'False', reason: 'AnotherWriter' })
    await world.until('audit', 'Stalled', { status: 'True', reason: 'AnotherWriter' })
    const gaps = repairedAt.slice(1).map((time, index) => time - (repairedAt[index] ?? 0))
    // 15 s, 30 s, 60 s and 120 s by the operator's clock, which is at most twenty times as fast; each was seen up to 200 ms late.
    for (const [index, gap] of gaps.entries()) expect(gap, `gap ${index}`).toBeGreaterThan(750 * 2 ** index - 200)
    expect(weka.webhook().endpoint).toBe(theirs)
    expect(weka.counters()).toMatchObject({ enables: 6, disables: 0 })
    await eventually('the Events', async () => {
      const reasons = await world.events('audit')
      const count = (reason: string): number => reasons.filter((seen) => seen === reason).length
      return count('DriftDetected') === 6 && count('DriftRepaired') === 5 ? true : undefined
    })
  }, 90_000)

  test('is looked for no more often than asked, however many resources lead to the cluster', async ({ stage }) => {
    const { weka, world, webhook, applied } = stage
    await applied()
    const created = Date.parse((await world.webhook('audit')).metadata.creationTimestamp)
    await eventually('a later creationTimestamp', () => (Date.now() >= created + 1_000 ? true : undefined))
    const others = ['second', 'third', 'fourth']
    await world.apply(
      world.s3cluster('same', { type: 'WEKA', credentialsSecretRef: { name: 'weka' }, driftCheckSeconds: 60 }),
      ...others.map((name, index) => webhook({ clusterRef: { name: index === 0 ? 'same' : 'weka' } }, name)),
    )
    for (const name of others) await world.until(name, 'Synced', { status: 'False', reason: 'Conflict' })
    const [start, before] = [performance.now(), weka.counters().gets]
    await eventually('six read-backs', () => (weka.counters().gets >= before + 6 ? true : undefined), 60_000)
    // Nine tenths of a minute lie between two at least: 2.7 s with this clock. The first can come at once.
    expect(performance.now() - start).toBeGreaterThan(5 * 2_700)
  }, 90_000)
})
