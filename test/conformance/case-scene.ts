import { expect } from 'vitest'

import { Secret } from '../../src/observability/secret.ts'
import { ProviderError, type ProviderErrorCode } from '../../src/providers/provider-error.ts'
import type { AuditWebhookProvider, DesiredWebhook, ObservedWebhook } from '../../src/providers/provider.ts'
import { failureOf } from '../support/failure-of.ts'
import type { Account, ClusterFaults, ProviderHarness } from './provider-harness.ts'

export const firstToken = 'Splunk 11111111-aaaa-4000-8000-000000000001'
export const secondToken = 'Splunk 22222222-bbbb-4000-8000-000000000002'

/** What a case works with: a fresh cluster, and the sessions that the case opens on it. */
export interface CaseScene extends AsyncDisposable {
  readonly harness: ProviderHarness
  readonly signal: AbortSignal
  readonly provider: (account?: Account, node?: number) => AuditWebhookProvider
  /** The setting that most cases apply, with a change. */
  readonly desired: (change?: Partial<DesiredWebhook>) => DesiredWebhook
  readonly read: (from: AuditWebhookProvider) => Promise<ObservedWebhook>
  readonly apply: (to: AuditWebhookProvider, change?: Partial<DesiredWebhook>) => Promise<void>
  /** Holds too where the cluster cannot count writes. */
  readonly expectWrites: (count: number) => void
  readonly expectStored: (change?: Partial<DesiredWebhook>) => Promise<void>
  /** The error of the work; its code must be this one. */
  readonly failure: (work: Promise<unknown>, code: ProviderErrorCode) => Promise<ProviderError>
  /** What happens to the cluster; the case names it in `needs`. */
  readonly fault: <Name extends keyof ClusterFaults>(name: Name) => ClusterFaults[Name]
  /** Everything that people could read after the case: logs, errors, and what the cluster keeps of the calls. */
  readonly written: () => string
}

/** Resets the cluster and opens a scene on it. Disposal ends its sessions. */
export async function openCaseScene(harness: ProviderHarness, signal: AbortSignal): Promise<CaseScene> {
  const providers = new AsyncDisposableStack()
  const errors: unknown[] = []
  const desired: CaseScene['desired'] = (change = {}) => ({
    endpoint: harness.endpoints[0],
    enabled: true,
    authorization: new Secret(firstToken),
    settings: {},
    ...change,
  })
  await harness.reset()
  return {
    harness,
    signal,
    desired,
    provider: (account = 'Administrator', node) => providers.use(harness.createProvider(account, node)),
    read: (from) => from.read(harness.webhook, { signal }),
    apply: (to, change) => to.apply(harness.webhook, desired(change), { signal }),
    expectWrites: (count) => expect([count, undefined]).toContain(harness.writes()),
    async expectStored(change) {
      const { endpoint, enabled, authorization } = desired(change)
      expect(await harness.stored()).toEqual({ endpoint, enabled, authorization: authorization?.reveal() })
    },
    async failure(work, code) {
      const error = await failureOf(work)
      errors.push(error)
      if (!(error instanceof ProviderError)) throw error
      expect(error.code, error.message).toBe(code)
      return error
    },
    fault(name) {
      const fault = harness.faults[name]
      if (fault === undefined) throw new Error(`The case does not name '${name}' among its needs`)
      return fault
    },
    written: () => `${harness.written()}\n${errors.map(textOf).join('\n')}`,
    [Symbol.asyncDispose]: () => providers.disposeAsync(),
  }
}

/** An error as a careless logger would print it, causes included. */
function textOf(error: unknown): string {
  return error instanceof Error ? `${error.stack} ${JSON.stringify(error)} ${textOf(error.cause)}` : String(error)
}
