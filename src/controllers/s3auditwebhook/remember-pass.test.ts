import { describe, expect, test } from 'vitest'

import { s3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { ApplyOutcome } from './act.ts'
import type { Decision } from './decide.ts'
import type { WebhookInputs } from './inputs.ts'
import { emptyMemory } from './memory.ts'
import { rememberPass, wishOf } from './remember-pass.ts'

const endpoint = 'https://h.example.com/services/collector/raw'
const authorization = new Secret('Splunk a')
const spec = s3AuditWebhookSpec.parse({ clusterRef: { name: 'c' }, endpoint })
const inputs: WebhookInputs = {
  resource: { metadata: { name: 'audit', uid: 'w', generation: 1 }, spec },
  spec,
  targetName: '',
  cluster: { state: 'Unknown' },
  token: { state: 'Ready', authorization, source: { name: 'token', uid: 't', resourceVersion: '1' } },
  owner: undefined,
  observation: { state: 'NotRead' },
  desired: { endpoint, enabled: true, authorization, settings: {} },
  inForce: undefined,
  repairs: [],
  openDrift: false,
  gate: { state: 'Ask' },
  now: 5,
}
const inSync: Decision = { action: { kind: 'None' }, status: 'True', reason: 'Applied', message: '', drifted: false }
const waits: Decision = { ...inSync, status: 'False', reason: 'DriftDetected', drifted: true }
const repairs: Decision = { ...inSync, action: { kind: 'Apply', cause: 'Drift' }, drifted: true }
const away: Decision = { ...inSync, status: 'False', reason: 'ClusterUnreachable' }
const applied: ApplyOutcome = {
  state: 'Applied',
  observed: { state: 'Absent' },
  leftover: { events: 0, inStore: false },
}
const failed: ApplyOutcome = { state: 'Failed', error: new ProviderError('ApplyFailed', 'No.') }

describe('an episode of drift', () => {
  const cases: readonly {
    readonly name: string
    readonly passes: readonly (readonly [Decision, ApplyOutcome?])[]
    readonly began: readonly boolean[]
    readonly open: boolean
  }[] = [
    { name: 'lasts one pass when it is repaired at once', passes: [[repairs, applied]], began: [true], open: false },
    {
      name: 'begins once, however often it is seen before it is repaired',
      passes: [[waits], [waits], [repairs, applied], [inSync]],
      began: [true, false, false, false],
      open: false,
    },
    {
      name: 'goes on while repairs fail',
      passes: [
        [repairs, failed],
        [repairs, failed],
      ],
      began: [true, false],
      open: true,
    },
    {
      name: 'is not over because the cluster is away',
      passes: [[waits], [away], [waits]],
      began: [true, false, false],
      open: true,
    },
    {
      name: 'is over when all is as desired again',
      passes: [[waits], [inSync], [waits]],
      began: [true, false, true],
      open: true,
    },
  ]
  test.each(cases)('$name', ({ passes, began, open }) => {
    const memory = emptyMemory()
    const seen = passes.map(
      ([decision, outcome]) => rememberPass(memory, { inputs, decision, outcome, now: 7 }).driftBegan,
    )
    expect(seen).toEqual(began)
    expect(memory.openDrift).toBe(open ? wishOf(inputs.resource, inputs.token) : undefined)
  })

  test('counts as a repair only when the repair was made', () => {
    const memory = emptyMemory()
    rememberPass(memory, { inputs, decision: repairs, outcome: failed, now: 7 })
    expect(memory.repairs).toEqual([])
    rememberPass(memory, { inputs, decision: repairs, outcome: applied, now: 7 })
    expect(memory.repairs).toEqual([7])
  })
})

describe('the token in force', () => {
  test('is known once the webhook was found as desired', () => {
    const memory = emptyMemory()
    rememberPass(memory, { inputs, decision: inSync, outcome: undefined, now: 7 })
    expect(memory.inForce).toEqual({ endpoint, authorization })
  })

  test.each([
    { name: 'a cluster that is away', decision: away, given: inputs },
    { name: 'a change that failed', decision: repairs, given: inputs },
    {
      name: 'Observe, which cannot compare a hidden token',
      decision: inSync,
      given: { ...inputs, spec: { ...spec, managementPolicy: 'Observe' as const } },
    },
  ])('is not known from $name', ({ decision, given }) => {
    const memory = emptyMemory()
    rememberPass(memory, { inputs: given, decision, outcome: undefined, now: 7 })
    expect(memory.inForce).toBeUndefined()
  })
})
