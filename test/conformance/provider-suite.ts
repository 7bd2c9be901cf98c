import { expect } from 'vitest'

import { Secret } from '../../src/observability/secret.ts'
import type { DesiredWebhook, ObservedWebhook } from '../../src/providers/provider.ts'
import { eventually } from '../support/eventually.ts'
import { firstToken, secondToken, type CaseScene } from './case-scene.ts'
import type { ClusterFaults } from './provider-harness.ts'

/** One thing that holds for every provider, whatever the cluster. */
export interface ConformanceCase {
  /** A sentence about the provider, without its subject. */
  readonly name: string
  /** What must be possible with the cluster; where it is not, the backend gives the reason. */
  readonly needs?: readonly (keyof ClusterFaults)[]
  readonly run: (scene: CaseScene) => Promise<void>
}

/** Every provider behaves like this. A case starts on a fresh cluster. */
export const conformanceCases: readonly ConformanceCase[] = [
  {
    name: 'tells the same id of the cluster to every session',
    async run({ provider, signal }) {
      const identity = await provider().identify({ signal })
      expect(identity.id).not.toBe('')
      expect(identity.version).not.toBe('')
      expect(await provider().identify({ signal })).toEqual(identity)
    },
  },
  {
    name: 'reads a fresh cluster as absent and writes nothing',
    async run({ provider, read, expectWrites }) {
      expect(await read(provider())).toEqual({ state: 'Absent' })
      expectWrites(0)
    },
  },
  {
    name: 'applies to a fresh cluster with one write and reads it back',
    async run({ provider, apply, read, desired, expectStored, expectWrites }) {
      const cluster = provider()
      await apply(cluster)
      await expectStored()
      expectWrites(1)
      expectObserved(await read(cluster), desired())
    },
  },
  {
    name: 'reads the same back from every node',
    async run({ harness, provider, apply, read, desired }) {
      await apply(provider('Administrator', 0))
      for (let node = 0; node < harness.nodes; node++) {
        expectObserved(await read(provider('Administrator', node)), desired())
      }
    },
  },
  {
    name: 'adopts what another session left behind',
    async run({ harness, provider, read, desired, expectWrites }) {
      await harness.changeByHand({ endpoint: harness.endpoints[0], enabled: true, authorization: firstToken })
      expectObserved(await read(provider()), desired())
      expectWrites(0)
    },
  },
  {
    name: 'shows a foreign webhook as it is',
    async run({ harness, provider, read, desired, expectStored }) {
      await harness.changeByHand({ endpoint: harness.endpoints[1], enabled: true, authorization: secondToken })
      const foreign = { endpoint: harness.endpoints[1], authorization: new Secret(secondToken) }
      expectObserved(await read(provider()), desired(foreign))
      await expectStored(foreign)
    },
  },
  {
    name: 'changes the endpoint with one write',
    async run({ harness, provider, apply, read, desired, expectStored, expectWrites }) {
      const cluster = provider()
      await apply(cluster)
      const moved = { endpoint: harness.endpoints[1] }
      await apply(cluster, moved)
      await expectStored(moved)
      expectWrites(2)
      expectObserved(await read(cluster), desired(moved))
    },
  },
  {
    name: 'rotates the token with one write',
    async run({ provider, apply, read, desired, expectStored, expectWrites }) {
      const cluster = provider()
      await apply(cluster)
      const rotated = { authorization: new Secret(secondToken) }
      await apply(cluster, rotated)
      await expectStored(rotated)
      expectWrites(2)
      expectObserved(await read(cluster), desired(rotated))
    },
  },
  {
    name: 'switches the webhook off and on again',
    async run({ harness, provider, apply, read, expectStored, expectWrites }) {
      const cluster = provider()
      await apply(cluster)
      await apply(cluster, { enabled: false })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
      expectOff(await read(cluster))
      await apply(cluster)
      await expectStored()
      expectWrites(3)
    },
  },
  {
    name: 'removes the webhook, and removing it again is harmless',
    async run({ harness, provider, apply, read, signal }) {
      const cluster = provider()
      await apply(cluster)
      await cluster.remove(harness.webhook, { signal })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
      expectOff(await read(cluster))
      await cluster.remove(harness.webhook, { signal })
      expectOff(await read(cluster))
    },
  },
  {
    name: 'removes what was never there',
    async run({ harness, provider, signal }) {
      await provider().remove(harness.webhook, { signal })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
    },
  },
  {
    name: 'applies the same twice to the same effect',
    async run({ provider, apply, read, desired, expectStored }) {
      const cluster = provider()
      await apply(cluster)
      await apply(cluster)
      await expectStored()
      expectObserved(await read(cluster), desired())
    },
  },
  {
    name: 'sees a change made by hand',
    async run({ harness, provider, apply, read, desired }) {
      const cluster = provider()
      await apply(cluster)
      await harness.changeByHand({ endpoint: harness.endpoints[1], enabled: true, authorization: secondToken })
      const changed = { endpoint: harness.endpoints[1], authorization: new Secret(secondToken) }
      expectObserved(await read(cluster), desired(changed))
    },
  },
  {
    name: 'needs no second write when the answer to an apply is lost',
    needs: ['loseAnswerOfNextWrite'],
    async run({ provider, apply, fault, expectStored, expectWrites }) {
      const cluster = provider()
      await fault('loseAnswerOfNextWrite')()
      await apply(cluster)
      await expectStored()
      expectWrites(1)
    },
  },
  {
    name: 'needs no second write when the answer to a removal is lost',
    needs: ['loseAnswerOfNextWrite'],
    async run({ harness, provider, apply, fault, signal, expectWrites }) {
      const cluster = provider()
      await apply(cluster)
      await fault('loseAnswerOfNextWrite')()
      await cluster.remove(harness.webhook, { signal })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
      expectWrites(2)
    },
  },
  {
    name: 'says that a wrong password is rejected',
    async run({ provider, read, failure, signal, expectWrites }) {
      await failure(provider('WrongPassword').identify({ signal }), 'CredentialsRejected')
      await failure(read(provider('WrongPassword')), 'CredentialsRejected')
      expectWrites(0)
    },
  },
  {
    name: 'says that the password in use is no longer valid',
    needs: ['changePassword'],
    async run({ provider, apply, fault, failure, signal, expectWrites }) {
      const cluster = provider()
      await cluster.identify({ signal })
      await fault('changePassword')()
      await failure(apply(cluster), 'CredentialsRejected')
      expectWrites(0)
    },
  },
  {
    name: 'says that the account is locked and for how long',
    needs: ['lockOut'],
    async run({ provider, fault, failure, signal }) {
      await fault('lockOut')()
      const error = await failure(provider().identify({ signal }), 'CredentialsLockedOut')
      expect(error.retryAfterMilliseconds).toBeGreaterThan(0)
    },
  },
  {
    name: 'says that the account may not write, and writes nothing',
    async run({ harness, provider, apply, failure, signal, expectStored, expectWrites }) {
      await harness.changeByHand({ endpoint: harness.endpoints[1], enabled: true, authorization: secondToken })
      const limited = provider('WithoutPermission')
      await failure(apply(limited), 'PermissionDenied')
      await failure(limited.remove(harness.webhook, { signal }), 'PermissionDenied')
      await expectStored({ endpoint: harness.endpoints[1], authorization: new Secret(secondToken) })
      expectWrites(0)
    },
  },
  {
    name: 'says that no node can be reached, and recovers by itself',
    needs: ['stopAllNodes'],
    async run({ harness, provider, apply, read, fault, failure, signal, expectStored, expectWrites }) {
      const cluster = provider()
      await cluster.identify({ signal })
      await fault('stopAllNodes')()
      await failure(cluster.identify({ signal }), 'ClusterUnreachable')
      await failure(read(cluster), 'ClusterUnreachable')
      await failure(apply(cluster), 'ClusterUnreachable')
      await harness.reset()
      await apply(cluster)
      await expectStored()
      expectWrites(1)
    },
  },
  {
    name: 'works through the other nodes while one is away',
    needs: ['stopOneNode'],
    async run({ provider, apply, fault, signal, expectStored, expectWrites }) {
      await fault('stopOneNode')()
      // Several sessions, for each may begin with another node.
      for (let round = 1; round <= 4; round++) {
        const cluster = provider()
        await cluster.identify({ signal })
        await apply(cluster)
        await expectStored()
        expectWrites(round)
      }
    },
  },
  {
    name: 'finds what was set while a node was away on that node, once it is back',
    needs: ['stopOneNode', 'startThatNode'],
    async run({ harness, provider, apply, read, desired, fault }) {
      const cluster = provider()
      await apply(cluster)
      const node = await fault('stopOneNode')()
      const moved = { endpoint: harness.endpoints[1] }
      await apply(cluster, moved)
      await fault('startThatNode')()
      expectObserved(await read(provider('Administrator', node)), desired(moved))
      expectObserved(await read(cluster), desired(moved))
    },
  },
  {
    name: 'works on a cluster that is half upgraded, and takes it for the same one',
    needs: ['upgradeHalf'],
    async run({ provider, apply, read, desired, fault, signal, expectStored }) {
      const before = provider()
      const { id } = await before.identify({ signal })
      await apply(before)
      await fault('upgradeHalf')()
      for (const cluster of [before, provider()]) {
        expect((await cluster.identify({ signal })).id).toBe(id)
        expectObserved(await read(cluster), desired())
      }
      const rotated = { authorization: new Secret(secondToken) }
      await apply(before, rotated)
      await expectStored(rotated)
    },
  },
  {
    name: 'tells of every node how many events wait there for the target',
    needs: ['holdEvents'],
    async run({ harness, provider, apply, fault, signal }) {
      const cluster = provider()
      await apply(cluster)
      const names = await fault('holdEvents')()
      const report = await eventually('events waiting at every node', async () => {
        const nodes = (await cluster.delivery?.(harness.webhook, { signal }))?.nodes ?? []
        return nodes.length === names.length && nodes.every(({ queuedEvents }) => queuedEvents > 0) ? nodes : undefined
      })
      expect(report.map(({ node }) => node)).toEqual(names)
      for (const { queuedEvents, capacityEvents } of report) expect(queuedEvents).toBeLessThan(capacityEvents)
    },
  },
  {
    name: 'ends at once with the reason of the signal',
    async run({ harness, provider, desired, expectWrites }) {
      const reason = new Error('The pass is over')
      const signal = AbortSignal.abort(reason)
      const cluster = provider()
      await expect(cluster.identify({ signal })).rejects.toBe(reason)
      await expect(cluster.apply(harness.webhook, desired(), { signal })).rejects.toBe(reason)
      expectWrites(0)
    },
  },
]

function expectObserved(observed: ObservedWebhook, desired: DesiredWebhook): void {
  if (observed.state === 'Absent') expect.fail('The webhook is absent')
  expect({ endpoint: observed.endpoint, enabled: observed.enabled }).toEqual({
    endpoint: desired.endpoint,
    enabled: desired.enabled,
  })
  if (observed.token.kind === 'Shown') {
    expect(observed.token.value.reveal()).toBe(desired.authorization?.reveal())
  } else {
    expect(observed.token.kind).toBe(desired.authorization === undefined ? 'None' : 'Hidden')
  }
}

/** Absent, or there and switched off. */
function expectOff(observed: ObservedWebhook): void {
  expect(observed.state === 'Present' && observed.enabled).toBe(false)
}
