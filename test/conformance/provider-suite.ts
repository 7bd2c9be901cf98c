import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest'

import { Secret } from '../../src/observability/secret.ts'
import { ProviderError, type ProviderErrorCode } from '../../src/providers/provider-error.ts'
import type { AuditWebhookProvider, DesiredWebhook, ObservedWebhook } from '../../src/providers/provider.ts'
import { failureOf } from '../support/failure-of.ts'
import type { Account, ProviderFaults, ProviderHarness } from './provider-harness.ts'

const firstToken = 'Splunk 11111111-aaaa-4000-8000-000000000001'
const secondToken = 'Splunk 22222222-bbbb-4000-8000-000000000002'

/** Every provider behaves like this, whatever the cluster. `start` is called once. */
export function describeProvider(name: string, start: () => Promise<ProviderHarness>): void {
  describe(`${name} as a provider`, () => {
    let harness: ProviderHarness
    let providers: AsyncDisposableStack
    let errors: unknown[]

    beforeAll(async () => {
      harness = await start()
    })
    afterAll(() => harness?.[Symbol.asyncDispose]())
    beforeEach(async () => {
      await harness.reset()
      providers = new AsyncDisposableStack()
      errors = []
    })
    afterEach(async () => {
      await providers.disposeAsync()
      const seen = `${harness.written()}\n${errors.map(textOf).join('\n')}`
      for (const token of [firstToken, secondToken]) {
        expect(seen, 'a token was written where people read').not.toContain(token.slice('Splunk '.length))
      }
    })

    const provider = (account: Account = 'Administrator'): AuditWebhookProvider =>
      providers.use(harness.createProvider(account))

    const desired = (change: Partial<DesiredWebhook> = {}): DesiredWebhook => ({
      endpoint: harness.endpoints[0],
      enabled: true,
      authorization: new Secret(firstToken),
      settings: {},
      ...change,
    })

    const read = (from: AuditWebhookProvider, signal: AbortSignal): Promise<ObservedWebhook> =>
      from.read(harness.webhook, { signal })

    const expectWrites = (count: number): void => expect([count, undefined]).toContain(harness.writes())

    const expectStored = async (change: Partial<DesiredWebhook> = {}): Promise<void> => {
      const { endpoint, enabled, authorization } = desired(change)
      expect(await harness.stored()).toEqual({ endpoint, enabled, authorization: authorization?.reveal() })
    }

    const failure = async (work: Promise<unknown>, code: ProviderErrorCode): Promise<ProviderError> => {
      const error = await failureOf(work)
      errors.push(error)
      if (!(error instanceof ProviderError)) throw error
      expect(error.code, error.message).toBe(code)
      return error
    }

    const fault = (name: keyof ProviderFaults, context: TestContext): (() => Promise<void>) =>
      harness.faults[name] ?? context.skip(`the cluster cannot be told to: ${name}`)

    it('tells the same id of the cluster to every session', async ({ signal }) => {
      const identity = await provider().identify({ signal })
      expect(identity.id).not.toBe('')
      expect(identity.version).not.toBe('')
      expect(await provider().identify({ signal })).toEqual(identity)
    })

    it('reads a fresh cluster as absent and writes nothing', async ({ signal }) => {
      expect(await read(provider(), signal)).toEqual({ state: 'Absent' })
      expectWrites(0)
    })

    it('applies to a fresh cluster with one write and reads it back', async ({ signal }) => {
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      await expectStored()
      expectWrites(1)
      expectObserved(await read(cluster, signal), desired())
    })

    it('adopts what another session left behind', async ({ signal }) => {
      await harness.changeByHand({ endpoint: harness.endpoints[0], enabled: true, authorization: firstToken })
      expectObserved(await read(provider(), signal), desired())
      expectWrites(0)
    })

    it('shows a foreign webhook as it is', async ({ signal }) => {
      await harness.changeByHand({ endpoint: harness.endpoints[1], enabled: true, authorization: secondToken })
      const foreign = { endpoint: harness.endpoints[1], authorization: new Secret(secondToken) }
      expectObserved(await read(provider(), signal), desired(foreign))
      await expectStored(foreign)
    })

    it('changes the endpoint with one write', async ({ signal }) => {
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      const moved = { endpoint: harness.endpoints[1] }
      await cluster.apply(harness.webhook, desired(moved), { signal })
      await expectStored(moved)
      expectWrites(2)
      expectObserved(await read(cluster, signal), desired(moved))
    })

    it('rotates the token with one write', async ({ signal }) => {
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      const rotated = { authorization: new Secret(secondToken) }
      await cluster.apply(harness.webhook, desired(rotated), { signal })
      await expectStored(rotated)
      expectWrites(2)
      expectObserved(await read(cluster, signal), desired(rotated))
    })

    it('switches the webhook off and on again', async ({ signal }) => {
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      await cluster.apply(harness.webhook, desired({ enabled: false }), { signal })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
      expectOff(await read(cluster, signal))
      await cluster.apply(harness.webhook, desired(), { signal })
      await expectStored()
      expectWrites(3)
    })

    it('removes the webhook, and removing it again is harmless', async ({ signal }) => {
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      await cluster.remove(harness.webhook, { signal })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
      expectOff(await read(cluster, signal))
      await cluster.remove(harness.webhook, { signal })
      expectOff(await read(cluster, signal))
    })

    it('removes what was never there', async ({ signal }) => {
      await provider().remove(harness.webhook, { signal })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
    })

    it('applies the same twice to the same effect', async ({ signal }) => {
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      await cluster.apply(harness.webhook, desired(), { signal })
      await expectStored()
      expectObserved(await read(cluster, signal), desired())
    })

    it('sees a change made by hand', async ({ signal }) => {
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      await harness.changeByHand({ endpoint: harness.endpoints[1], enabled: true, authorization: secondToken })
      const changed = { endpoint: harness.endpoints[1], authorization: new Secret(secondToken) }
      expectObserved(await read(cluster, signal), desired(changed))
    })

    it('needs no second write when the answer to an apply is lost', async (context) => {
      const { signal } = context
      const loseAnswerOfNextWrite = fault('loseAnswerOfNextWrite', context)
      const cluster = provider()
      await loseAnswerOfNextWrite()
      await cluster.apply(harness.webhook, desired(), { signal })
      await expectStored()
      expectWrites(1)
    })

    it('needs no second write when the answer to a removal is lost', async (context) => {
      const { signal } = context
      const loseAnswerOfNextWrite = fault('loseAnswerOfNextWrite', context)
      const cluster = provider()
      await cluster.apply(harness.webhook, desired(), { signal })
      await loseAnswerOfNextWrite()
      await cluster.remove(harness.webhook, { signal })
      expect((await harness.stored())?.enabled ?? false).toBe(false)
      expectWrites(2)
    })

    it('says that a wrong password is rejected', async ({ signal }) => {
      await failure(provider('WrongPassword').identify({ signal }), 'CredentialsRejected')
      await failure(read(provider('WrongPassword'), signal), 'CredentialsRejected')
      expectWrites(0)
    })

    it('says that the password in use is no longer valid', async (context) => {
      const { signal } = context
      const changePassword = fault('changePassword', context)
      const cluster = provider()
      await cluster.identify({ signal })
      await changePassword()
      await failure(cluster.apply(harness.webhook, desired(), { signal }), 'CredentialsRejected')
      expectWrites(0)
    })

    it('says that the account is locked and for how long', async (context) => {
      const { signal } = context
      const lockOut = fault('lockOut', context)
      await lockOut()
      const error = await failure(provider().identify({ signal }), 'CredentialsLockedOut')
      expect(error.retryAfterMilliseconds).toBeGreaterThan(0)
    })

    it('says that the account may not write, and writes nothing', async ({ signal }) => {
      await harness.changeByHand({ endpoint: harness.endpoints[1], enabled: true, authorization: secondToken })
      const limited = provider('WithoutPermission')
      await failure(limited.apply(harness.webhook, desired(), { signal }), 'PermissionDenied')
      await failure(limited.remove(harness.webhook, { signal }), 'PermissionDenied')
      await expectStored({ endpoint: harness.endpoints[1], authorization: new Secret(secondToken) })
      expectWrites(0)
    })

    it('says that no node can be reached, and recovers by itself', async (context) => {
      const { signal } = context
      const stopAllNodes = fault('stopAllNodes', context)
      const cluster = provider()
      await cluster.identify({ signal })
      await stopAllNodes()
      await failure(cluster.identify({ signal }), 'ClusterUnreachable')
      await failure(read(cluster, signal), 'ClusterUnreachable')
      await failure(cluster.apply(harness.webhook, desired(), { signal }), 'ClusterUnreachable')
      await harness.reset()
      await cluster.apply(harness.webhook, desired(), { signal })
      await expectStored()
      expectWrites(1)
    })

    it('works through the other nodes while one is away', async (context) => {
      const { signal } = context
      const stopOneNode = fault('stopOneNode', context)
      await stopOneNode()
      // Several sessions, for each may begin with another node.
      for (let round = 1; round <= 4; round++) {
        const cluster = provider()
        await cluster.identify({ signal })
        await cluster.apply(harness.webhook, desired(), { signal })
        await expectStored()
        expectWrites(round)
      }
    })

    it('ends at once with the reason of the signal', async () => {
      const reason = new Error('The pass is over')
      const signal = AbortSignal.abort(reason)
      const cluster = provider()
      await expect(cluster.identify({ signal })).rejects.toBe(reason)
      await expect(cluster.apply(harness.webhook, desired(), { signal })).rejects.toBe(reason)
      expectWrites(0)
    })
  })
}

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

/** An error as a careless logger would print it, causes included. */
function textOf(error: unknown): string {
  return error instanceof Error ? `${error.stack} ${JSON.stringify(error)} ${textOf(error.cause)}` : String(error)
}
