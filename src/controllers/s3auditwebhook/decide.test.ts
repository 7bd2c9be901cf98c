import { describe, expect, test } from 'vitest'

import type { S3AuditWebhookStatus } from '../../api/s3-audit-webhook-status.ts'
import { s3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { AuditWebhookProvider, ObservedWebhook } from '../../providers/provider.ts'
import type { Verdict } from '../../target/verdict.ts'
import type { ClusterState } from '../s3cluster/cluster-state.ts'
import { decide } from './decide.ts'
import type { WebhookInputs } from './inputs.ts'

const now = Date.UTC(2026, 0, 1)
const endpoint = 'https://splunk.example.com:8088/services/collector/raw'
const token = new Secret('Splunk good')
const source = { name: 'token', uid: 'u1', resourceVersion: '7' }

/** A provider that must not be asked: deciding is pure. */
const untouched: AuditWebhookProvider = {
  identify: () => Promise.reject(new Error('asked')),
  read: () => Promise.reject(new Error('asked')),
  apply: () => Promise.reject(new Error('asked')),
  remove: () => Promise.reject(new Error('asked')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

function connected(type: 'WEKA' | 'MinIO'): ClusterState {
  const identity = { id: 'cluster-1', name: 'one', version: '1' }
  return {
    state: 'Connected',
    connection: { type, identity, provider: untouched, targetName: () => '', driftCheckSeconds: 300, epoch: 1 },
  }
}

const present: Extract<ObservedWebhook, { state: 'Present' }> = {
  state: 'Present',
  endpoint,
  enabled: true,
  token: { kind: 'Shown', value: token },
  settings: {},
  overrides: [],
}

const owned: S3AuditWebhookStatus = {
  observedGeneration: 1,
  applied: {
    clusterId: 'cluster-1',
    targetName: '',
    endpoint,
    enabled: true,
    tokenSecret: source,
    time: '2026-01-01T00:00:00Z',
  },
}

const settled: S3AuditWebhookStatus = {
  ...owned,
  conditions: [
    {
      type: 'Synced',
      status: 'True',
      reason: 'Applied',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 1,
    },
  ],
}

interface Given {
  readonly spec?: Record<string, unknown>
  readonly status?: S3AuditWebhookStatus
  readonly generation?: number
  readonly inputs?: Partial<WebhookInputs>
  readonly observed?: ObservedWebhook
}

function inputsOf(given: Given): WebhookInputs {
  const spec = s3AuditWebhookSpec.parse({
    clusterRef: { name: 'weka' },
    endpoint,
    authTokenSecretRef: { name: 'token' },
    ...given.spec,
  })
  return {
    resource: {
      metadata: { name: 'audit', namespace: 'storage', uid: 'w1', generation: given.generation ?? 1 },
      spec,
      ...(given.status === undefined ? {} : { status: given.status }),
    },
    spec,
    targetName: '',
    cluster: connected('WEKA'),
    token: { state: 'Ready', authorization: token, source },
    owner: undefined,
    observation: { state: 'Read', webhook: given.observed ?? present },
    desired: { endpoint: spec.endpoint, enabled: spec.enabled, authorization: token, settings: {} },
    inForce: undefined,
    repairs: [],
    openDrift: false,
    gate: { state: 'Ask' },
    now,
    ...given.inputs,
  }
}

function verdict(reason: Verdict['reason'], kind: Verdict['class']): Verdict {
  return { level: 2, class: kind, reason, message: 'said the target.', durationMilliseconds: 3 }
}

const elsewhere = { ...present, endpoint: 'https://other.example.com/hook?key=canary' }
const changed: Given = {
  spec: { endpoint: 'https://new.example.com/services/collector/raw' },
  generation: 2,
  status: settled,
}

const cases: readonly {
  readonly name: string
  readonly given: Given
  readonly want: {
    readonly reason: string
    readonly action?: string
    readonly cause?: string
    readonly says?: string
    readonly retryAfterMilliseconds?: number
  }
}[] = [
  {
    name: 'a fresh cluster gets the webhook',
    given: { observed: { state: 'Absent' } },
    want: { reason: 'Applied', action: 'Apply', cause: 'First' },
  },
  { name: 'a webhook that is as desired is left alone', given: {}, want: { reason: 'Applied', action: 'None' } },
  {
    name: 'a suspended resource does nothing, whatever else is wrong',
    given: { spec: { suspend: true }, inputs: { cluster: { state: 'NotFound' } } },
    want: { reason: 'Suspended' },
  },
  {
    name: 'a missing cluster is named',
    given: { inputs: { cluster: { state: 'NotFound' } } },
    want: { reason: 'ClusterNotFound', says: "S3Cluster 'weka' does not exist in namespace 'storage'" },
  },
  {
    name: 'rejected credentials of the cluster are passed on',
    given: { inputs: { cluster: { state: 'NotReady', reason: 'CredentialsRejected', message: 'No.' } } },
    want: { reason: 'CredentialsRejected' },
  },
  {
    name: 'other trouble of the cluster is ClusterNotReady',
    given: { inputs: { cluster: { state: 'NotReady', reason: 'CAInvalid', message: 'No PEM.' } } },
    want: { reason: 'ClusterNotReady', says: 'CAInvalid' },
  },
  {
    name: 'the younger of two claims waits',
    given: { inputs: { owner: { namespace: 'a', name: 'older' } } },
    want: { reason: 'Conflict', says: "'a/older'" },
  },
  {
    name: 'a minio block on WEKA is refused',
    given: { spec: { minio: { queueSize: 5 } } },
    want: { reason: 'InvalidSpec', says: '`spec.minio`' },
  },
  {
    name: 'a WEKA webhook needs a token',
    given: { inputs: { token: { state: 'None' } } },
    want: { reason: 'InvalidSpec', says: '`spec.authTokenSecretRef`' },
  },
  {
    name: 'a missing Secret never disables a working webhook',
    given: { inputs: { token: { state: 'Problem', reason: 'SecretNotFound', message: 'Gone.' }, desired: undefined } },
    want: { reason: 'SecretNotFound', action: 'None' },
  },
  {
    name: 'a token Secret that may not be read',
    given: { inputs: { token: { state: 'Problem', reason: 'ReadForbidden', message: 'No.' }, desired: undefined } },
    // Rights are not watched.
    want: { reason: 'ReadForbidden', action: 'None', retryAfterMilliseconds: 30_000 },
  },
  {
    name: 'a failed read is told in its own words',
    given: { inputs: { observation: { state: 'Failed', error: new ProviderError('S3NotRunning', 'No S3.') } } },
    want: { reason: 'S3NotRunning', says: 'No S3.' },
  },
  {
    name: 'a setting fixed by the environment is reported',
    given: { observed: { ...present, overrides: ['endpoint'] } },
    want: { reason: 'EnvironmentOverride', says: 'endpoint' },
  },
  {
    name: 'an enabled webhook of somebody else is refused',
    given: { observed: elsewhere },
    want: { reason: 'ForeignWebhook', says: 'other.example.com' },
  },
  {
    name: 'a disabled webhook of somebody else is taken',
    given: { observed: { ...elsewhere, enabled: false } },
    want: { reason: 'Applied', action: 'Apply' },
  },
  {
    name: 'Overwrite replaces a foreign webhook',
    given: { observed: elsewhere, spec: { foreignWebhookPolicy: 'Overwrite' } },
    want: { reason: 'Applied', action: 'Apply' },
  },
  {
    name: 'Overwrite writes nothing together with Observe',
    given: { observed: elsewhere, spec: { foreignWebhookPolicy: 'Overwrite', managementPolicy: 'Observe' } },
    want: { reason: 'ForeignWebhook', action: 'None' },
  },
  {
    name: 'Observe reports a difference and writes nothing',
    given: { observed: { ...present, enabled: false }, spec: { managementPolicy: 'Observe' } },
    want: { reason: 'DriftDetected', action: 'None' },
  },
  {
    name: 'a hand-made change of our webhook is repaired',
    given: { observed: elsewhere, status: settled },
    want: { reason: 'Applied', action: 'Apply', cause: 'Drift' },
  },
  {
    name: 'a hand-made token is repaired',
    given: { observed: { ...present, token: { kind: 'Shown', value: new Secret('Splunk other') } }, status: settled },
    want: { reason: 'Applied', action: 'Apply', cause: 'Drift' },
  },
  {
    name: 'a second repair soon after the first waits',
    given: { observed: elsewhere, status: settled, inputs: { repairs: [now - 1000] } },
    want: { reason: 'DriftDetected', action: 'None' },
  },
  {
    name: 'a change by hand that waits for its repair is no change of ours, whatever the status says meanwhile',
    given: {
      observed: { ...present, settings: { queueSize: '5' } },
      status: owned,
      inputs: {
        cluster: connected('MinIO'),
        desired: { endpoint, enabled: true, authorization: token, settings: { queueSize: '9' } },
        openDrift: true,
        repairs: [now - 1000],
      },
    },
    want: { reason: 'DriftDetected', action: 'None' },
  },
  {
    name: 'five repairs within the hour mean another writer',
    given: { observed: elsewhere, status: settled, inputs: { repairs: [1, 2, 3, 4, 5].map((n) => now - n * 60_000) } },
    want: { reason: 'AnotherWriter', action: 'None' },
  },
  {
    name: 'a change of a working webhook is tested first',
    given: changed,
    want: { reason: 'Progressing', action: 'Gate' },
  },
  {
    name: 'a change that the target refuses is not made',
    given: { ...changed, inputs: { gate: { state: 'Answered', verdict: verdict('TokenInvalid', 'misconfigured') } } },
    want: { reason: 'ChangeRefused', action: 'None', says: 'TokenInvalid' },
  },
  {
    name: 'a change waits while it is not sure that the target is away',
    given: {
      ...changed,
      inputs: {
        gate: { state: 'AskLater', verdict: verdict('ConnectTimeout', 'transient'), afterMilliseconds: 2_000 },
      },
    },
    want: { reason: 'Progressing', action: 'None', says: 'ConnectTimeout', retryAfterMilliseconds: 2_000 },
  },
  {
    name: 'a change is made when the target merely cannot be reached from here',
    given: { ...changed, inputs: { gate: { state: 'Answered', verdict: verdict('ConnectTimeout', 'transient') } } },
    want: { reason: 'Applied', action: 'Apply', cause: 'Change' },
  },
  {
    name: 'a change is made when the target accepts it',
    given: { ...changed, inputs: { gate: { state: 'Answered', verdict: verdict('Accepted', 'ok') } } },
    want: { reason: 'Applied', action: 'Apply', cause: 'Change' },
  },
  {
    name: 'changePolicy Always asks nobody',
    given: { ...changed, spec: { ...changed.spec, changePolicy: 'Always' } },
    want: { reason: 'Applied', action: 'Apply', cause: 'Change' },
  },
  {
    name: 'enabled: false switches the webhook off',
    given: { spec: { enabled: false }, status: settled, generation: 2 },
    want: { reason: 'Applied', action: 'Apply', cause: 'Change' },
  },
  {
    name: 'enabled: false on a cluster without a webhook does nothing',
    given: { spec: { enabled: false }, observed: { state: 'Absent' } },
    want: { reason: 'Applied', action: 'None' },
  },
  {
    name: 'a token over plain http is said',
    given: {
      spec: { endpoint: 'http://h.example.com/x' },
      observed: { ...present, endpoint: 'http://h.example.com/x' },
    },
    want: { reason: 'Applied', says: 'clear text' },
  },
]

describe('a pass over a webhook', () => {
  test.each(cases)('$name', ({ given, want }) => {
    const decision = decide(inputsOf(given))
    expect(decision.reason).toBe(want.reason)
    if (want.action !== undefined) expect(decision.action.kind).toBe(want.action)
    if (want.cause !== undefined) expect(decision.action).toMatchObject({ cause: want.cause })
    if (want.says !== undefined) expect(decision.message).toContain(want.says)
    if (want.retryAfterMilliseconds !== undefined)
      expect(decision.retryAfterMilliseconds).toBe(want.retryAfterMilliseconds)
  })

  test('messages never show a query, which can hold a key', () => {
    expect(decide(inputsOf({ observed: elsewhere })).message).not.toContain('canary')
  })

  describe('on MinIO, where the token is hidden', () => {
    const hidden = { ...present, token: { kind: 'Hidden' } as const }
    const minio = { cluster: connected('MinIO') }

    test('the Secret that was applied is trusted after a restart', () => {
      expect(decide(inputsOf({ observed: hidden, status: settled, inputs: minio })).action.kind).toBe('None')
    })

    test('another version of the Secret is applied after a restart', () => {
      const rotated = {
        ...minio,
        token: { state: 'Ready', authorization: token, source: { ...source, resourceVersion: '8' } },
      } as const
      const given = { observed: hidden, status: settled, spec: { changePolicy: 'Always' }, inputs: rotated }
      expect(decide(inputsOf(given)).action).toMatchObject({ kind: 'Apply', cause: 'Change' })
    })

    test('a Secret that was only touched is not applied while the process remembers its value', () => {
      const touched = {
        ...minio,
        token: { state: 'Ready', authorization: token, source: { ...source, resourceVersion: '8' } },
        inForce: { endpoint, authorization: token },
      } as const
      expect(decide(inputsOf({ observed: hidden, status: settled, inputs: touched })).action.kind).toBe('None')
    })
  })
})
