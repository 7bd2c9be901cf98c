import { expect, onTestFinished, test } from 'vitest'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { eventually } from '../../support/eventually.ts'
import { hecToken } from './weka-resources.ts'
import { openWekaStage, type WekaStage } from './weka-stage.ts'

/** A webhook in force on a cluster that shows no token. */
async function applied(): Promise<WekaStage> {
  const stage = await openWekaStage(await sharedControlPlane())
  onTestFinished(() => stage[Symbol.asyncDispose]())
  const { weka, world, references, webhook } = stage
  weka.setKnobs({ tokenDisplay: 'masked' })
  await world.apply(...references(), webhook())
  await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
  return stage
}

const readBacks = async ({ weka }: WekaStage, count: number): Promise<void> => {
  const { gets } = weka.counters()
  await eventually(`${count} more read-backs`, () => (weka.counters().gets >= gets + count ? true : undefined), 60_000)
}

test('a masked token that nobody touches is applied once', async () => {
  const stage = await applied()
  await readBacks(stage, 4)
  expect(stage.weka.counters()).toMatchObject({ enables: 1, disables: 0 })
}, 120_000)

test('a masked token that somebody else replaced is set again, once, and told', async () => {
  const stage = await applied()
  const { weka, world } = stage
  await readBacks(stage, 1)
  weka.setWebhookByHand({ authToken: 'Splunk another' })
  await eventually('the repair', () => (weka.webhook().authToken === `Splunk ${hecToken}` ? true : undefined), 60_000)
  await readBacks(stage, 3)
  expect(weka.counters()).toMatchObject({ enables: 2, disables: 0 })
  expect(await world.events('audit')).toEqual(expect.arrayContaining(['DriftDetected', 'DriftRepaired']))
}, 120_000)

test('a rotated token is set although the cluster masks it', async () => {
  const { weka, hec, world } = await applied()
  hec.addToken({ token: 'canary-token-next' })
  await world.apply(world.secret('token', { token: 'canary-token-next' }))
  await eventually('the new token', () => (weka.webhook().authToken === 'Splunk canary-token-next' ? true : undefined))
  await world.until('audit', 'Ready', { status: 'True' })
  expect(weka.counters().enables).toBe(2)
}, 120_000)
