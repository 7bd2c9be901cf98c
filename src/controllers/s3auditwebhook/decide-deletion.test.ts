import { describe, expect, test } from 'vitest'

import { s3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { AuditWebhookProvider } from '../../providers/provider.ts'
import type { ClusterConnection, ClusterState } from '../s3cluster/cluster-state.ts'
import { decideAfterFailure, decideDeletion, type DeletionInputs } from './decide-deletion.ts'

const deletedAt = Date.UTC(2026, 0, 1)
const timeout = 900_000

/** A provider that must not be asked: deciding is pure. */
const untouched: AuditWebhookProvider = {
  identify: () => Promise.reject(new Error('asked')),
  read: () => Promise.reject(new Error('asked')),
  apply: () => Promise.reject(new Error('asked')),
  remove: () => Promise.reject(new Error('asked')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

function connectionTo(id: string, epoch = 1): ClusterConnection {
  const identity = { id, name: 'one', version: '1' }
  return { type: 'WEKA', identity, provider: untouched, targetName: () => '', driftCheckSeconds: 300, epoch }
}

function notReady(reason: Extract<ClusterState, { state: 'NotReady' }>['reason']): ClusterState {
  return { state: 'NotReady', reason, message: 'It does not.' }
}

interface Given extends Partial<Omit<DeletionInputs, 'resource' | 'now'>> {
  readonly spec?: Record<string, unknown>
  /** Seconds since the deletion. */
  readonly after?: number
  readonly generation?: number
}

const connection = connectionTo('cluster-1')

function inputsOf({ spec, after = 0, generation = 1, ...given }: Given): DeletionInputs {
  return {
    resource: {
      metadata: {
        name: 'audit',
        namespace: 'storage',
        uid: 'w1',
        generation,
        deletionTimestamp: new Date(deletedAt).toISOString(),
      },
      spec: s3AuditWebhookSpec.parse({
        clusterRef: { name: 'weka' },
        endpoint: 'https://splunk.example.com:8088/services/collector/raw',
        ...spec,
      }),
      status: {
        observedGeneration: 1,
        applied: {
          clusterId: 'cluster-1',
          targetName: '',
          endpoint: 'https://splunk.example.com:8088/services/collector/raw',
          enabled: true,
          time: '2026-01-01T00:00:00Z',
        },
      },
    },
    cluster: { state: 'Connected', connection },
    connection,
    isAnothers: false,
    namespaceGoes: false,
    isUnanswered: false,
    lastAttempt: undefined,
    deletionTimeoutMilliseconds: timeout,
    now: deletedAt + after * 1000,
    monotonic: 0,
    ...given,
  }
}

const isAway = { connection: undefined, cluster: notReady('ClusterUnreachable') }

describe('a webhook in deletion', () => {
  test.each<{ readonly name: string; readonly given: Given; readonly want: object }>([
    { name: 'is removed from its cluster', given: {}, want: { kind: 'Remove', connection } },
    {
      name: 'is removed with the session that still serves when the credentials are gone',
      given: { cluster: notReady('SecretNotFound') },
      want: { kind: 'Remove', connection },
    },
    {
      name: 'is removed with the session that still serves when the S3Cluster is gone',
      given: { cluster: { state: 'NotFound' } },
      want: { kind: 'Remove', connection },
    },
    {
      name: 'stays as it is with Retain',
      given: { spec: { deletionPolicy: 'Retain' } },
      want: { kind: 'NothingToDo' },
    },
    {
      name: 'stays as it is when it was only observed',
      given: { spec: { managementPolicy: 'Observe' } },
      want: { kind: 'NothingToDo' },
    },
    {
      name: 'stays for the other resource that put it in force',
      given: { isAnothers: true },
      want: { kind: 'NothingToDo' },
    },
    {
      name: 'stays when it is suspended',
      given: { spec: { suspend: true } },
      want: { kind: 'LeftBehind', reason: 'Suspended' },
    },
    {
      name: 'stays when the S3Cluster is gone',
      given: { cluster: { state: 'NotFound' }, connection: undefined },
      want: { kind: 'LeftBehind', reason: 'ClusterNotFound' },
    },
    {
      name: 'stays at once when there are no credentials any more',
      given: { cluster: notReady('SecretNotFound'), connection: undefined },
      want: { kind: 'LeftBehind', reason: 'SecretNotFound' },
    },
    {
      name: 'waits for a cluster that is away, and looks at the namespace meanwhile',
      given: isAway,
      want: { kind: 'Wait', milliseconds: 5_000 },
    },
    {
      name: 'waits no longer than the deletion timeout',
      given: { ...isAway, after: 899 },
      want: { kind: 'Wait', milliseconds: 1_000 },
    },
    {
      name: 'stays when the cluster is away for the deletion timeout',
      given: { ...isAway, after: 900 },
      want: { kind: 'LeftBehind', reason: 'ClusterUnreachable' },
    },
    {
      name: 'stays when the cluster is away and the namespace goes',
      given: { ...isAway, namespaceGoes: true },
      want: { kind: 'LeftBehind', reason: 'ClusterUnreachable' },
    },
    {
      name: 'stays without another try when the namespace goes and the cluster left another one without an answer',
      given: { namespaceGoes: true, isUnanswered: true },
      want: { kind: 'LeftBehind', reason: 'ClusterUnreachable' },
    },
    {
      name: 'stays under a reason that metrics know, whatever keeps the cluster from being used',
      given: { connection: undefined, cluster: notReady('EndpointMissing'), namespaceGoes: true },
      want: { kind: 'LeftBehind', reason: 'ClusterNotReady', why: "S3Cluster 'weka' cannot be used: It does not." },
    },
    {
      name: 'is not looked for on another cluster',
      given: { connection: connectionTo('cluster-2'), cluster: { state: 'Connected', connection }, after: 900 },
      want: { kind: 'LeftBehind', reason: 'ClusterIdentityChanged' },
    },
    {
      name: 'waits for the first answer of the cluster after a start of the operator',
      given: { cluster: { state: 'Unknown' }, connection: undefined, after: 800 },
      want: { kind: 'Wait', milliseconds: 1_000 },
    },
    {
      name: 'waits for the first answer for a quarter of a minute when the namespace goes',
      given: { cluster: { state: 'Unknown' }, connection: undefined, namespaceGoes: true, after: 14 },
      want: { kind: 'Wait', milliseconds: 1_000 },
    },
    {
      name: 'stays when there is no first answer by then',
      given: { cluster: { state: 'Unknown' }, connection: undefined, namespaceGoes: true, after: 15 },
      want: { kind: 'LeftBehind', reason: 'ClusterNotReady' },
    },
  ])('$name', ({ given, want }) => {
    expect(decideDeletion(inputsOf(given))).toMatchObject(want)
  })
})

describe('a removal that failed', () => {
  const obstacle = { reason: 'ClusterUnreachable', why: 'The cluster is away.' } as const
  const random = (): number => 0

  /** Fails `times` times, each time when it is due. */
  function failing(times: number, given: Given = {}) {
    let inputs = inputsOf(given)
    for (let failures = 0; failures < times; failures++) {
      const next = decideAfterFailure(inputs, obstacle, random)
      if (next.kind === 'LeftBehind') throw new Error('Given up')
      inputs = { ...inputs, lastAttempt: next.attempt, monotonic: next.attempt.dueAt }
    }
    return inputs
  }

  test('is repeated with growing delays, never later than the end of the deletion timeout', () => {
    const dueAt = [1, 2, 3].map((times) => failing(times).lastAttempt?.dueAt)
    expect(dueAt).toEqual([5_000, 15_000, 35_000])
    expect(failing(1, { after: 898 }).lastAttempt?.dueAt).toBe(2_000)
  })

  test('is not repeated before it is due, and the namespace is looked at meanwhile', () => {
    const inputs = failing(3)
    expect(decideDeletion({ ...inputs, monotonic: 16_000 })).toEqual({ kind: 'Wait', milliseconds: 5_000 })
    expect(decideDeletion({ ...inputs, monotonic: 34_000 })).toEqual({ kind: 'Wait', milliseconds: 1_000 })
    expect(decideDeletion({ ...inputs, monotonic: 35_000 })).toMatchObject({ kind: 'Remove' })
  })

  test('waits as long as the cluster asks for', () => {
    const next = decideAfterFailure(inputsOf({}), { ...obstacle, retryAfterMilliseconds: 120_000 }, random)
    expect(next).toMatchObject({ kind: 'Wait', attempt: { dueAt: 120_000 } })
  })

  test.each<{ readonly name: string; readonly change: Partial<DeletionInputs> }>([
    { name: 'the namespace goes', change: { namespaceGoes: true } },
    { name: 'the cluster is back', change: { connection: connectionTo('cluster-1', 2) } },
    { name: 'the resource was changed', change: { resource: inputsOf({ generation: 2 }).resource } },
  ])('is repeated at once when $name', ({ change }) => {
    const inputs = { ...failing(3), monotonic: 16_000 }
    expect(decideDeletion(inputs)).toMatchObject({ kind: 'Wait' })
    expect(decideDeletion({ ...inputs, ...change })).toMatchObject({ kind: 'Remove' })
  })

  test('ends the wait when deletionPolicy becomes Retain meanwhile', () => {
    const retained = inputsOf({ spec: { deletionPolicy: 'Retain' }, generation: 2 }).resource
    expect(decideDeletion({ ...failing(3), resource: retained })).toEqual({ kind: 'NothingToDo' })
  })

  test.each<{ readonly name: string; readonly given: Given }>([
    { name: 'the namespace goes', given: { namespaceGoes: true } },
    { name: 'the deletion timeout is over', given: { after: 900 } },
    { name: 'no time is given', given: { deletionTimeoutMilliseconds: 0 } },
  ])('leaves the webhook behind when $name', ({ given }) => {
    expect(decideAfterFailure(inputsOf(given), obstacle, random)).toEqual({ kind: 'LeftBehind', ...obstacle })
  })
})
