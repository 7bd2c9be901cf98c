import { describe, expect, test as base } from 'vitest'

import type { S3AuditWebhookStatus } from '../../../src/api/s3-audit-webhook-status.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { eventually } from '../../support/eventually.ts'
import { hecToken as token } from './weka-resources.ts'
import { openWekaStage, type WekaStage } from './weka-stage.ts'

/** What holds at the settings that a user has who sets none. */
const defaults = { probe: {} }
const periodMilliseconds = 30_000

async function onStage(speed: number, play: (stage: WekaStage) => Promise<void>): Promise<void> {
  await using stage = await openWekaStage(await sharedControlPlane(), { speed })
  await play(stage)
}

/** In time: what is to come within seconds does. */
const atLifeSize = base.extend<{ readonly stage: WekaStage }>({
  stage: async ({ task: _task }, use) => await onStage(1, use),
})
/** Faster, for what takes periods. */
const inShort = base.extend<{ readonly stage: WekaStage }>({
  stage: async ({ task: _task }, use) => await onStage(10, use),
})

/** Runs the ladder now instead of at the target's next turn; resolves with the status that has the answer. */
async function requested({ world }: WekaStage, value: string): Promise<S3AuditWebhookStatus> {
  await world.kubectl('annotate', 's3auditwebhook', 'audit', '--overwrite', `s3audit.dev/test-requested-at=${value}`)
  return await eventually('the answer', async () => {
    const { status } = await world.webhook('audit')
    return status?.lastHandledTestRequest === value ? status : undefined
  })
}

/** The notes of the answers to requests. */
async function answers({ world }: WekaStage): Promise<string> {
  const columns = ['--field-selector', 'reason=TargetTested', '-o', 'custom-columns=:message', '--no-headers']
  return await world.kubectl('get', 'events', ...columns)
}

// They mostly wait, each on a stage of its own.
describe.concurrent('at the default settings', () => {
  atLifeSize('a target that is killed is told within 12 s, and a restart remembers since when', async ({ stage }) => {
    const { hec, world, applied, clock, restartOperator } = stage
    await applied(defaults)
    await hec.down()
    await requested(stage, 'first')
    await world.until('audit', 'TargetReachable', { status: 'False', reason: 'ConnectionRefused' })
    const seen = clock.now()
    const before = (await world.webhook('audit')).status
    const since = before?.buffer?.outageStartTime ?? ''
    expect(before?.target?.state).toBe('Unreachable')
    expect(seen - Date.parse(since)).toBeLessThan(12_000)

    await restartOperator()
    const after = await requested(stage, 'second')
    expect(after.buffer?.outageStartTime).toBe(since)
    expect(after.target).toEqual(before?.target)
    const told = (await world.events('audit')).filter((reason) => reason === 'TargetUnreachable')
    expect(told).toHaveLength(1)
  })

  atLifeSize('a request is answered within seconds, and a corrected Secret mends within 5 s', async ({ stage }) => {
    const { hec, world, applied, clock } = stage
    await applied(defaults)
    const asked = clock.now()
    const accepted = await requested(stage, 'first')
    expect(clock.now() - asked).toBeLessThan(10_000)
    expect(accepted.lastTest).toMatchObject({ level: 3, outcome: 'ok', reason: 'Accepted' })
    expect(hec.accepted().map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ requestID: accepted.lastTest?.id }),
    )

    hec.revokeToken(token)
    await requested(stage, 'second')
    const refused = { status: 'False', reason: 'TokenInvalid', says: ['correct it in the Secret'] } as const
    await world.until('audit', 'TargetReachable', refused)
    hec.addToken({ token: 'canary-token-next' })
    await world.apply(world.secret('token', { token: 'canary-token-next' }))
    const corrected = clock.now()
    await world.until('audit', 'TargetReachable', { status: 'True' })
    expect(clock.now() - corrected).toBeLessThan(5_000)

    const notes = await eventually('both answers', async () => {
      const text = await answers(stage)
      return text.trim().split('\n').length === 2 ? text : undefined
    })
    expect(notes).toMatch(/^0 ok Healthy; 1 ok Healthy .*; 2 ok Healthy .*; 3 ok Accepted .*accepts events/mu)
    expect(notes).toMatch(/^0 ok Healthy; 1 ok Healthy .*; 2 misconfigured TokenInvalid \(HTTP 403.*correct it/mu)
    expect(notes).not.toContain('canary')
  })

  inShort('a refused token is told within 80 s of the refusal, and never as an outage', async ({ stage }) => {
    const { hec, world, applied, clock } = stage
    await applied(defaults)
    const since = clock.now()
    hec.revokeToken(token)
    const refused = { status: 'False', reason: 'TokenInvalid', says: ['correct it in the Secret'] } as const
    await world.until('audit', 'TargetReachable', refused, 60_000)
    expect(clock.now() - since).toBeLessThan(80_000)
    expect((await world.webhook('audit')).status?.target?.state).toBe('Rejecting')
    const reasons = await eventually('the Event', async () => {
      const reasons = await world.events('audit')
      return reasons.includes('TargetRejecting') ? reasons : undefined
    })
    expect(reasons).not.toContain('TargetUnreachable')
  })

  inShort('a restart leaves a target that is well to its turn', async ({ stage }) => {
    const { hec, applied, clock, restartOperator } = stage
    const tested = (): number => hec.requests().byKind.health ?? 0
    const next = async (): Promise<number> => {
      const before = tested()
      await hec.waitFor(() => tested() > before, { timeoutMilliseconds: 60_000 })
      return clock.now()
    }
    await applied(defaults)
    const last = await next()
    await restartOperator()
    const first = await next()
    // Two turns of it are a fifth more or less than a period apart; the rest is for a machine that is busy.
    expect(first - last).toBeGreaterThan(periodMilliseconds / 2)
    expect(await next()).toBeGreaterThan(first + periodMilliseconds / 2)
  })
})
