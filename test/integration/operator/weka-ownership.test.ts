import { describe, expect, test as base } from 'vitest'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { startOperatorUnderTest } from './operator-under-test.ts'
import { hecToken, wekaReferences, wekaUser, wekaWebhook } from './weka-resources.ts'
import { openWekaStage, type WekaStage } from './weka-stage.ts'
import { createWorld } from './world.ts'

const test = base.extend<{ readonly stage: WekaStage }>({
  stage: async ({ task: _task }, use) => {
    await using stage = await openWekaStage(await sharedControlPlane())
    await use(stage)
  },
})

const theirs = { endpoint: 'https://other.example.com/hook', authToken: 'Splunk theirs', enabled: true }

/** Everything sent to the cluster that could change it. To log in is no change. */
const writes = (weka: WekaSimulator): readonly string[] =>
  weka
    .requests()
    .filter(({ method, path }) => method !== 'GET' && !/\/login(\/refresh)?$/.test(path))
    .map(({ method, path }) => `${method} ${path}`)

// They mostly wait, each on a stage of its own.
describe.concurrent('one owner of the webhook of a cluster', () => {
  base(
    'is found across S3Clusters and namespaces, stays it while suspended, and is followed when it goes',
    async () => {
      const controlPlane = await sharedControlPlane()
      await using stack = new AsyncDisposableStack()
      const weka = stack.use(await startWekaSimulator({ users: [wekaUser], knobs: { restartMilliseconds: 0 } }))
      const hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token: hecToken }] }))
      const [first, second] = [await createWorld(controlPlane), await createWorld(controlPlane)]
      const namespaces = [first, second].flatMap(({ namespace }) => ['--namespace', namespace])
      const { kubeconfigPath } = controlPlane
      stack.use(startOperatorUnderTest({ kubeconfigPath, clock: createFastClock(20), args: namespaces }))
      for (const world of [first, second]) {
        stack.defer(async () => {
          await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=30s')
        })
      }
      const [older, younger] = [hec.url('raw').href, hec.url('event').href]
      await first.apply(...wekaReferences(first, { weka, hec }), wekaWebhook(first, hec, { endpoint: older }, 'audit'))
      await first.until('audit', 'Ready', { status: 'True' })
      const created = Date.parse((await first.webhook('audit')).metadata.creationTimestamp)
      await eventually('a later creationTimestamp', () => (Date.now() >= created + 1_000 ? true : undefined))
      await second.apply(
        ...wekaReferences(second, { weka, hec }),
        wekaWebhook(second, hec, { endpoint: younger }, 'audit'),
      )
      const says = [`${first.namespace}/audit`]
      await second.until('audit', 'Synced', { status: 'False', reason: 'Conflict', says })
      await second.until('audit', 'Stalled', { status: 'True', reason: 'Conflict' })
      expect(await second.events('audit')).toContain('Conflict')

      await first.kubectl('patch', 's3auditwebhook', 'audit', '--type=merge', '-p', '{"spec":{"suspend":true}}')
      await first.until('audit', 'Suspended', { status: 'True' })
      await second.kubectl('annotate', 's3auditwebhook', 'audit', 's3audit.dev/test-requested-at=now')
      await eventually('a pass over the younger', async () =>
        (await second.webhook('audit')).status?.lastHandledTestRequest === 'now' ? true : undefined,
      )
      await second.until('audit', 'Synced', { status: 'False', reason: 'Conflict' })
      expect(weka.webhook().endpoint).toBe(older)
      expect(weka.counters()).toMatchObject({ enables: 1, disables: 0 })

      await first.kubectl('patch', 's3auditwebhook', 'audit', '--type=merge', '-p', '{"spec":{"suspend":false}}')
      await first.until('audit', 'Synced', { status: 'True' })
      await first.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
      await second.until('audit', 'Synced', { status: 'True' })
      expect(weka.webhook()).toMatchObject({ endpoint: younger, enabled: true })
      expect(weka.counters()).toMatchObject({ enables: 2, disables: 1 })
    },
    90_000,
  )

  test('is the younger once the older only observes', async ({ stage }) => {
    const { weka, hec, world, webhook, applied } = stage
    await applied()
    const created = Date.parse((await world.webhook('audit')).metadata.creationTimestamp)
    await eventually('a later creationTimestamp', () => (Date.now() >= created + 1_000 ? true : undefined))
    await world.apply(webhook({ foreignWebhookPolicy: 'Overwrite', endpoint: hec.url('event').href }, 'younger'))
    await world.until('younger', 'Synced', { status: 'False', reason: 'Conflict' })
    await world.apply(webhook({ managementPolicy: 'Observe' }))
    await world.until('younger', 'Synced', { status: 'True' })
    expect(weka.webhook().endpoint).toBe(hec.url('event').href)
    await eventually('the view of the older', async () => {
      const { status } = await world.webhook('audit')
      const synced = status?.conditions?.find(({ type }) => type === 'Synced')
      return synced?.status === 'False' ? true : undefined
    })
    expect(weka.counters()).toMatchObject({ enables: 2, disables: 0 })
  })
})

describe.concurrent('a webhook that was there before', () => {
  test('is adopted without a call when it is as desired', async ({ stage }) => {
    const { weka, hec, world, applied } = stage
    weka.setWebhookByHand({ endpoint: hec.url('raw').href, authToken: `Splunk ${hecToken}`, enabled: true })
    await applied()
    expect(writes(weka)).toEqual([])
    const { status, metadata } = await world.webhook('audit')
    expect(status?.applied).toMatchObject({ clusterId: weka.guid, endpoint: hec.url('raw').href, enabled: true })
    expect(metadata.finalizers).toEqual(['s3audit.dev/webhook'])
  })

  test.for([
    { name: 'leads to the same endpoint with another token', given: { authToken: 'Splunk theirs', enabled: true } },
    { name: 'is switched off', given: { ...theirs, enabled: false } },
  ])('is taken over when it $name', async ({ given }, { stage }) => {
    const { weka, hec, applied } = stage
    weka.setWebhookByHand({ endpoint: hec.url('raw').href, ...given })
    await applied()
    expect(weka.webhook()).toEqual({ endpoint: hec.url('raw').href, authToken: `Splunk ${hecToken}`, enabled: true })
    expect(weka.counters()).toMatchObject({ enables: 1, disables: 0 })
  })

  test('and is not ours survives the deletion of the resource that was refused', async ({ stage }) => {
    const { weka, world, references, webhook } = stage
    weka.setWebhookByHand(theirs)
    await world.apply(...references(), webhook())
    await world.until('audit', 'Synced', { status: 'False', reason: 'ForeignWebhook' })
    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
    expect(weka.webhook()).toEqual(theirs)
    expect(writes(weka)).toEqual([])
  })
})

describe.concurrent('managementPolicy Observe', () => {
  test('sends nothing but reads, whatever is found, asked for or deleted', async ({ stage }) => {
    const { weka, hec, world, references, webhook, requestReadBack } = stage
    const observe = { managementPolicy: 'Observe', foreignWebhookPolicy: 'Overwrite', changePolicy: 'Always' }
    await world.apply(...references(), webhook(observe))
    await world.until('audit', 'Synced', { status: 'False', reason: 'DriftDetected' })
    weka.setWebhookByHand(theirs)
    await requestReadBack()
    await world.until('audit', 'Synced', { status: 'False', reason: 'ForeignWebhook' })
    weka.setWebhookByHand({ endpoint: hec.url('raw').href, authToken: `Splunk ${hecToken}` })
    await requestReadBack()
    await world.until('audit', 'Ready', { status: 'True', reason: 'Observed' })
    await world.apply(world.secret('token', { token: 'canary-token-next' }))
    await world.until('audit', 'Synced', { status: 'False', reason: 'DriftDetected', says: ['token'] })
    await world.apply(webhook({ ...observe, enabled: false }))
    await world.until('audit', 'Synced', { status: 'False', reason: 'DriftDetected', says: ['enabled'] })
    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
    expect(weka.webhook().enabled).toBe(true)
    expect(weka.counters().gets).toBeGreaterThan(3)
    expect(writes(weka)).toEqual([])
  }, 60_000)
})
