import { describe, expect, it } from 'vitest'

import type { KnobsChange } from '../../../test/simulators/weka/knobs.ts'
import {
  desiredWebhook,
  endpoint,
  key,
  startWekaCluster,
  statusesOf,
  type WekaCluster,
} from '../../../test/support/weka-cluster.ts'
import type { AuditWebhookProvider, ObservedToken } from '../provider.ts'

const signal = new AbortController().signal

interface Watched extends WekaCluster {
  readonly cluster: AuditWebhookProvider
  readonly token: () => Promise<ObservedToken | undefined>
}

/** A cluster that hides the token, with the webhook applied. */
async function watched(knobs: KnobsChange = {}): Promise<Watched> {
  const weka = await startWekaCluster({
    backends: 2,
    knobs: { tokenDisplay: 'masked', restartMilliseconds: 0, ...knobs },
  })
  const cluster = weka.provider()
  await weka.settle(cluster.apply(key, desiredWebhook(), { signal }))
  return {
    ...weka,
    cluster,
    async token() {
      const webhook = await cluster.read(key, { signal })
      return webhook.state === 'Present' ? webhook.token : undefined
    },
  }
}

const ours: ObservedToken = { kind: 'Hidden', setElsewhere: false }
const another: ObservedToken = { kind: 'Hidden', setElsewhere: true }

describe('a token that the cluster hides', () => {
  it('is ours after our own changes', async () => {
    const { clock, cluster, settle, token } = await watched()
    expect(await token()).toEqual(ours)
    await clock.advance(60_000)
    await settle(cluster.apply(key, desiredWebhook(), { signal }))
    expect(await token()).toEqual(ours)
    expect(await token()).toEqual(ours)
  })

  it('is ours although a change was sent twice', async () => {
    const away = { mode: 'unavailable', path: '/s3/auditWebhook/enable' } as const
    const weka = await watched({ backendFaults: { '0': away } })
    expect(statusesOf(weka, '/s3/auditWebhook/enable')).toEqual([503, 200])
    expect(await weka.token()).toEqual(ours)
  })

  it('may be another when somebody else set it, until it is applied again', async () => {
    const { clock, cluster, settle, simulator, token } = await watched()
    await clock.advance(60_000)
    simulator.setWebhookByHand({ authToken: 'Splunk another' })
    expect(await token()).toEqual(another)
    expect(await token()).toEqual(another)
    await clock.advance(1_000)
    await settle(cluster.apply(key, desiredWebhook(), { signal }))
    expect(await token()).toEqual(ours)
  })

  it('may be another when it was set before the first look of a later session', async () => {
    const { clock, provider, simulator } = await watched()
    const later = provider()
    const read = async (): Promise<unknown> => {
      const webhook = await later.read(key, { signal })
      return webhook.state === 'Present' ? webhook.token : webhook.state
    }
    expect(await read()).toEqual(ours)
    await clock.advance(1_000)
    simulator.setWebhookByHand({ authToken: 'Splunk another' })
    expect(await read()).toEqual(another)
  })

  it('is looked for in the events of its kind only', async () => {
    const { simulator, token } = await watched()
    simulator.setWebhookByHand({ enabled: false })
    await expect(token()).resolves.toEqual(ours)
  })

  it('is taken for ours where the cluster has no events, or fails to tell them', async () => {
    const { simulator, token } = await watched({ eventsRoute: false })
    simulator.setWebhookByHand({ authToken: 'Splunk another' })
    expect(await token()).toEqual(ours)
    const failing = { mode: 'serverError', path: '/events' } as const
    simulator.setKnobs({ eventsRoute: true, backendFaults: { '0': failing, '1': failing } })
    expect(await token()).toEqual(ours)
  })
})

it('nothing is asked about a token that the cluster shows', async () => {
  const weka = await startWekaCluster()
  weka.simulator.setWebhookByHand({ endpoint, authToken: 'Splunk x', enabled: true })
  await weka.provider().read(key, { signal })
  expect(statusesOf(weka, '/events')).toEqual([])
})
