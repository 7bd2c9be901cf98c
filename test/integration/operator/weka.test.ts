import { describe, expect, test as base } from 'vitest'

import type { ApiAuditEvent } from '../../control-plane/audit-log.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { busyMinute } from '../../support/fast-clock.ts'
import { hecToken as token, wekaUser as user } from './weka-resources.ts'
import { openWekaStage, type WekaStage } from './weka-stage.ts'
import type { World } from './world.ts'

async function tokenReads({ namespace }: World): Promise<number> {
  const events = await (await sharedControlPlane()).auditEvents()
  const isRead = ({ verb, objectRef }: ApiAuditEvent): boolean =>
    verb === 'get' && objectRef?.resource === 'secrets' && objectRef.name === 'token'
  return events.filter((event) => event.objectRef?.namespace === namespace && isRead(event)).length
}

/** What was told of all tests: the operators' logs, the resources as they stood at the end, all Events. */
const told: string[] = []

async function onStage(pace: { readonly atWork?: number }, play: (stage: WekaStage) => Promise<void>): Promise<void> {
  const stage = await openWekaStage(await sharedControlPlane(), pace)
  await play(stage)
  told.push(await shown(stage, 's3clusters,s3auditwebhooks'))
  await stage[Symbol.asyncDispose]()
  told.push(await shown(stage, 'events'), stage.operator.log())
}

const test = base.extend<{ readonly stage: WekaStage }>({
  stage: async ({ task: _task }, use) => await onStage({}, use),
})
/** For what takes ten minutes, in which a late answer would change nothing. */
const atLength = base.extend<{ readonly stage: WekaStage }>({
  stage: async ({ task: _task }, use) => await onStage({ atWork: 12 }, use),
})

/** Resources of the namespace, without the copies of what the test itself applied. */
async function shown({ world }: WekaStage, kinds: string): Promise<string> {
  const text = await world.kubectl('get', kinds, '-o', 'yaml')
  return text.replaceAll(/kubectl.kubernetes.io\/last-applied-configuration: .*/g, '')
}

/** How often the S3Cluster was checked. */
const clusterChecks = (weka: WekaSimulator): number =>
  weka.requests().filter(({ path }) => path.endsWith('/cluster')).length

// They mostly wait, each on a stage of its own.
describe.concurrent('a webhook on WEKA', () => {
  test('is put in force by one call, tested with a marked event, and told', async ({ stage }) => {
    const { weka, hec, world, applied } = stage
    await applied()
    expect(weka.webhook()).toEqual({ endpoint: hec.url('raw').href, authToken: `Splunk ${token}`, enabled: true })
    expect(weka.counters()).toMatchObject({ enables: 1, disables: 0 })
    const event = hec.accepted()[0]
    expect(event).toMatchObject({ endpoint: 'raw', authorization: `Splunk ${token}` })
    expect(event?.event).toMatchObject({ trigger: 'probe', tags: { 's3audit.probe': `${world.namespace}/audit` } })
    await world.until('audit', 'TargetReachable', { status: 'True' })
    const { status, metadata } = await world.webhook('audit')
    expect(status).toMatchObject({
      observedGeneration: 1,
      applied: { clusterId: weka.guid, endpoint: hec.url('raw').href, enabled: true, tokenSecret: { name: 'token' } },
      target: { state: 'Reachable' },
      buffer: { state: 'Unknown', summary: '?' },
      lastTest: { level: 3, outcome: 'ok' },
    })
    expect(metadata.finalizers).toEqual(['s3audit.dev/webhook'])
    await eventually('the Events', async () => {
      const reasons = await world.events('audit')
      return ['WebhookApplied', 'TestEventAccepted'].every((reason) => reasons.includes(reason)) || undefined
    })
  })

  atLength(
    'is left alone by many drift checks of a healthy cluster',
    async ({ stage }) => {
      const { weka, applied } = stage
      await applied()
      const reads = weka.counters().gets
      await eventually('ten more read-backs', () => (weka.counters().gets >= reads + 10 ? true : undefined), 90_000)
      expect(weka.counters()).toMatchObject({ enables: 1, disables: 0 })
    },
    120_000,
  )

  test('follows a rotated token without a restart, and the target is asked first', async ({ stage }) => {
    const { weka, hec, world, applied } = stage
    await applied()
    hec.addToken({ token: 'canary-token-next' })
    await world.apply(world.secret('token', { token: 'canary-token-next' }))
    await eventually('the new token on the cluster', () =>
      weka.webhook().authToken === 'Splunk canary-token-next' ? true : undefined,
    )
    await world.until('audit', 'Ready', { status: 'True' })
    expect(weka.counters().enables).toBe(2)
  })

  test('keeps the setting in force when the target refuses the new one', async ({ stage }) => {
    const { weka, hec, world, applied } = stage
    await applied()
    await world.apply(world.secret('token', { token: 'canary-token-unknown' }))
    const synced = await world.until('audit', 'Synced', { status: 'False', reason: 'ChangeRefused' })
    expect(synced.message).toContain('TokenInvalid')
    expect(weka.webhook().authToken).toBe(`Splunk ${token}`)
    expect(weka.counters().enables).toBe(1)
    // What is in force still works, and that is what the tests speak of.
    await world.until('audit', 'TargetReachable', { status: 'True' })
    hec.addToken({ token: 'canary-token-unknown' })
    // What the target said of it is good for a minute.
    await world.until('audit', 'Synced', { status: 'True' }, 3 * busyMinute)
    expect(weka.webhook().authToken).toBe('Splunk canary-token-unknown')
  })

  test('is repaired after a change by hand, and reported', async ({ stage }) => {
    const { weka, hec, world, applied, requestReadBack } = stage
    await applied()
    weka.setWebhookByHand({ endpoint: 'https://elsewhere.example.com/hook' })
    await requestReadBack()
    await eventually('the repair', () => (weka.webhook().endpoint === hec.url('raw').href ? true : undefined))
    await eventually('the Events', async () => {
      const reasons = await world.events('audit')
      return reasons.includes('DriftDetected') && reasons.includes('DriftRepaired') ? true : undefined
    })
    expect(weka.counters().enables).toBe(2)
  })

  test('is switched off and on by `enabled`', async ({ stage }) => {
    const { weka, world, webhook, applied } = stage
    await applied()
    await world.apply(webhook({ enabled: false }))
    await world.until('audit', 'Ready', { status: 'True', reason: 'Disabled' })
    expect(weka.webhook().enabled).toBe(false)
    await world.apply(webhook({ enabled: true }))
    await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    expect(weka.webhook().enabled).toBe(true)
    expect(weka.counters()).toMatchObject({ enables: 2, disables: 1 })
  })

  test('is neither written nor tested while suspended, and Ready keeps its word', async ({ stage }) => {
    const { weka, hec, world, webhook, applied, requestReadBack } = stage
    await applied()
    await world.apply(webhook({ suspend: true }))
    await world.until('audit', 'Suspended', { status: 'True' })
    const before = hec.requests().total
    weka.setWebhookByHand({ enabled: false })
    await requestReadBack()
    // The cluster itself is still looked at: between two of these checks lie more than five probe periods.
    const checks = clusterChecks(weka)
    const passes = await tokenReads(world)
    await eventually(
      'two more checks of the cluster, a minute apart',
      () => (clusterChecks(weka) >= checks + 2 ? true : undefined),
      3 * busyMinute,
    )
    // Each pass reads the token: there is next to nothing to look at.
    expect((await tokenReads(world)) - passes).toBeLessThan(5)
    expect(weka.webhook().enabled).toBe(false)
    expect(hec.requests().total).toBe(before)
    expect(await world.until('audit', 'Ready', {})).toMatchObject({ status: 'True', reason: 'InForce' })
    await world.apply(webhook({ suspend: false }))
    await eventually('the repair after resuming', () => (weka.webhook().enabled ? true : undefined))
  })

  test('is only looked at with Observe', async ({ stage }) => {
    const { weka, hec, world, references, webhook, requestReadBack } = stage
    await world.apply(...references(), webhook({ managementPolicy: 'Observe' }))
    await world.until('audit', 'Synced', { status: 'False', reason: 'DriftDetected' })
    weka.setWebhookByHand({ endpoint: hec.url('raw').href, authToken: `Splunk ${token}`, enabled: true })
    await requestReadBack()
    await world.until('audit', 'Ready', { status: 'True', reason: 'Observed' })
    expect(weka.counters()).toMatchObject({ enables: 0, disables: 0 })
    expect((await world.webhook('audit')).metadata.finalizers).toBeUndefined()
  })

  test('does not take over what somebody else set, until told to', async ({ stage }) => {
    const { weka, hec, world, references, webhook } = stage
    weka.setWebhookByHand({
      endpoint: 'https://other.example.com/hook?key=canary-query',
      authToken: 'x',
      enabled: true,
    })
    await world.apply(...references(), webhook())
    const synced = await world.until('audit', 'Synced', { status: 'False', reason: 'ForeignWebhook' })
    expect(synced.message).toContain('other.example.com')
    expect(synced.message).not.toContain('canary-query')
    await world.until('audit', 'Stalled', { status: 'True', reason: 'ForeignWebhook' })
    expect(weka.counters().enables).toBe(0)
    const command = /kubectl (patch .*)$/.exec(synced.message)?.[1] ?? ''
    const [patch = ''] = /\{.*\}/.exec(command) ?? []
    await world.kubectl('patch', 's3auditwebhook', 'audit', '--type', 'merge', '-p', patch)
    await world.until('audit', 'Ready', { status: 'True' })
    expect(weka.webhook().endpoint).toBe(hec.url('raw').href)
  })

  test('has one owner: the older resource; the younger takes over when it goes', async ({ stage }) => {
    const { weka, hec, world, webhook, applied } = stage
    await applied()
    // It has whole seconds.
    const created = Date.parse((await world.webhook('audit')).metadata.creationTimestamp)
    await eventually('a later creationTimestamp', () => (Date.now() >= created + 1_000 ? true : undefined))
    await world.apply(webhook({ endpoint: hec.url('event').href }, 'younger'))
    const conflict = await world.until('younger', 'Synced', { status: 'False', reason: 'Conflict' })
    expect(conflict.message).toContain(`${world.namespace}/audit`)
    expect(weka.counters().enables).toBe(1)
    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
    await world.until('younger', 'Synced', { status: 'True' })
    expect(weka.webhook()).toMatchObject({ endpoint: hec.url('event').href, enabled: true })
  })

  test('is switched off when the resource is deleted, and the cluster waits for its webhooks', async ({ stage }) => {
    const { weka, world, applied } = stage
    await applied()
    await world.kubectl('delete', 's3cluster', 'weka', '--wait=false')
    expect((await world.cluster('weka')).metadata.finalizers).toEqual(['s3audit.dev/cluster'])
    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
    expect(weka.webhook().enabled).toBe(false)
    expect(weka.counters().disables).toBe(1)
    await world.kubectl('wait', '--for=delete', 's3cluster/weka', '--timeout=20s')
    expect(await world.events('audit')).toContain('WebhookRemoved')
  })

  test('stays on the cluster with deletionPolicy Retain', async ({ stage }) => {
    const { weka, world, applied } = stage
    await applied({ deletionPolicy: 'Retain' })
    expect((await world.webhook('audit')).metadata.finalizers).toBeUndefined()
    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
    expect(weka.webhook().enabled).toBe(true)
  })

  test('can be deleted when its credentials are gone for the deletion timeout, and an Event says what was left behind', async ({
    stage,
  }) => {
    const { weka, world, applied } = stage
    await applied()
    await world.kubectl('delete', 'secret', 'weka')
    weka.setUser({ ...user, password: 'changed-meanwhile' })
    weka.revokeTokens('AllTokens')
    // Two minutes pass in six seconds at most, in twenty on a busy machine: this clock runs ahead of the API server's.
    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=30s')
    await eventually('the Event', async () =>
      (await world.events('audit')).includes('WebhookLeftBehind') ? true : undefined,
    )
    expect(weka.webhook().enabled).toBe(true)
  })

  test('is left on the cluster when it is deleted while suspended, and an Event says so', async ({ stage }) => {
    const { weka, world, webhook, applied } = stage
    await applied()
    await world.apply(webhook({ suspend: true }))
    await world.until('audit', 'Suspended', { status: 'True' })
    await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
    await eventually('the Event', async () =>
      (await world.events('audit')).includes('WebhookLeftBehind') ? true : undefined,
    )
    expect(weka.webhook().enabled).toBe(true)
  })

  test('tells a revoked token from an outage, and both from each other again', async ({ stage }) => {
    const { hec, world, applied } = stage
    await applied()
    hec.revokeToken(token)
    await world.until('audit', 'TargetReachable', { status: 'False', reason: 'TokenInvalid' })
    await world.until('audit', 'Stalled', { status: 'True' })
    hec.addToken({ token })
    await world.until('audit', 'Ready', { status: 'True' })
    await hec.down()
    await world.until('audit', 'TargetReachable', { status: 'False', reason: 'ConnectionRefused' })
    await world.until('audit', 'Reconciling', { status: 'True' })
    const { status } = await world.webhook('audit')
    expect(status?.buffer).toMatchObject({ state: 'Unknown', summary: '?' })
    expect(Date.parse(status?.buffer?.outageStartTime ?? '')).toBeGreaterThan(0)
    await hec.up()
    await world.until('audit', 'Ready', { status: 'True' })
    expect((await world.webhook('audit')).status?.buffer?.outageStartTime).toBeUndefined()
    const reasons = await world.events('audit')
    expect(reasons).toEqual(expect.arrayContaining(['TargetRejecting', 'TargetUnreachable', 'TargetRecovered']))
  })

  test('has an estimated buffer where the spec tells its capacity and the usual rate', async ({ stage }) => {
    const { hec, world, applied } = stage
    // It holds for two minutes: six seconds with this clock, twenty on a busy machine.
    await applied({ buffer: { capacityEvents: 1200, eventsPerMinute: 600, atRiskSeconds: 180 } })
    const healthy = await world.until('audit', 'BufferHealthy', { status: 'True', reason: 'Empty' })
    expect(healthy.message).toContain('tells nothing itself')
    expect((await world.webhook('audit')).status?.buffer).toMatchObject({ summary: '~0%', holdSeconds: 120 })
    await eventually('the Event, before anything happens', async () =>
      (await world.events('audit')).includes('BufferTooSmall') ? true : undefined,
    )

    await hec.down()
    await world.until('audit', 'BufferHealthy', { status: 'False', reason: 'AtRisk' })
    const { buffer } = (await world.webhook('audit')).status ?? {}
    expect(buffer).toMatchObject({ basis: 'Estimated', capacityBasis: 'Specified', eventsPerMinute: 600 })
    expect(buffer?.summary).toBe(`~${buffer?.percentFull}%`)
    expect(buffer?.percentLower).toBeLessThanOrEqual(buffer?.percentFull ?? -1)
    expect(buffer?.percentUpper).toBeGreaterThanOrEqual(buffer?.percentFull ?? 101)
    await world.until('audit', 'BufferHealthy', { status: 'False', reason: 'Full' }, 3 * busyMinute)
    await hec.up()
    await world.until('audit', 'BufferHealthy', { status: 'True', reason: 'Draining' })
    await world.until('audit', 'BufferHealthy', { status: 'True', reason: 'Empty' }, 60_000)
    await eventually('the Events', async () => {
      const reasons = await world.events('audit')
      return ['BufferAtRisk', 'BufferFull', 'BufferDrained'].every((reason) => reasons.includes(reason)) || undefined
    })
    // It fills and drains for minutes of this clock.
  }, 120_000)

  test("has an estimated buffer where the spec tells its capacity alone, by the rate of the cluster's statistics", async ({
    stage,
  }) => {
    const { weka, hec, world, applied, restartOperator } = stage
    const buffer = async () => (await world.webhook('audit')).status?.buffer
    const statsAsked = (status: number): true | undefined =>
      weka.requests().some(({ path, status: given }) => path === '/api/v2/stats' && given === status) || undefined
    // Two servers share it.
    weka.setKnobs({ operationsPerMinute: [1900, 2100] })
    await applied({ buffer: { capacityEvents: 10_000, atRiskSeconds: 60 } })
    // A slow machine can make an outage of the first tests, which leaves a backlog for at most a minute of its own time.
    await world.until('audit', 'BufferHealthy', { status: 'True', reason: 'Empty' }, 90_000)
    const reported = { summary: '~0%', eventsPerMinute: 1000, rateBasis: 'Reported', holdSeconds: 600 }
    expect(await buffer()).toMatchObject(reported)

    weka.setKnobs({ statsStatus: 403 })
    await hec.down()
    const filling = await eventually('the estimate', async () => {
      const now = await buffer()
      return now?.outageStartTime !== undefined && (now.percentFull ?? 0) > 0 ? now : undefined
    })
    expect(filling).toMatchObject({ basis: 'Estimated', summary: `~${filling.percentFull}%`, eventsPerMinute: 1000 })
    await restartOperator()
    const later = await eventually('the estimate to go on', async () => {
      const now = await buffer()
      return (now?.percentFull ?? 0) > (filling.percentFull ?? 100) ? now : undefined
    })
    expect(later).toMatchObject({ eventsPerMinute: 1000, outageStartTime: filling.outageStartTime })

    await hec.up()
    await world.until('audit', 'BufferHealthy', { status: 'True', reason: 'Draining' })
    await eventually('a look at the statistics', () => statsAsked(403), 60_000)
    await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    expect(await buffer()).toMatchObject({ basis: 'Estimated', eventsPerMinute: 1000, rateBasis: 'Reported' })
    expect(weka.counters()).toMatchObject({ enables: 1, disables: 0, failedLogins: 0 })
  }, 240_000)

  test('runs the whole ladder on request', async ({ stage }) => {
    const { hec, world, applied } = stage
    await applied()
    const before = (await world.webhook('audit')).status?.lastTest?.id
    await world.kubectl('annotate', 's3auditwebhook', 'audit', 's3audit.dev/test-requested-at=now')
    const after = await eventually('the request handled', async () => {
      const { status } = await world.webhook('audit')
      return status?.lastHandledTestRequest === 'now' ? status : undefined
    })
    expect(after.lastTest?.id, JSON.stringify(after.target)).not.toBe(before)
    expect(hec.requests().byKind.probe).toBe(2)
  })

  test('is not written to another cluster that answers under the same address, until accepted', async ({ stage }) => {
    const { world, applied } = stage
    await applied()
    const other = await startWekaSimulator({ users: [user], knobs: { restartMilliseconds: 0 } })
    try {
      const secret = {
        username: user.username,
        password: user.password,
        endpoints: other.endpoints.map(({ host }) => host).join(','),
        caCertificate: other.caPem ?? '',
      }
      await world.apply(world.secret('weka', secret))
      await world.until('audit', 'Synced', { status: 'False', reason: 'ClusterIdentityChanged' })
      expect(other.counters().enables).toBe(0)
      await world.kubectl('annotate', 's3cluster', 'weka', `s3audit.dev/accept-cluster-id=${other.guid}`)
      await world.until('audit', 'Ready', { status: 'True' })
      expect(other.counters().enables).toBe(1)
      await world.kubectl('delete', 's3auditwebhook', 'audit', '--timeout=20s')
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })
})

base('no canary is in the log, the resources or the Events of all these tests', () => {
  const text = told.join('\n')
  expect(text.length).toBeGreaterThan(100_000)
  expect(text).toContain('WebhookLeftBehind')
  expect(text).not.toContain('canary')
  expect(text).not.toContain(user.password)
})
