import { Gauge, Registry } from '@prometheus-io/client'
import { expect, test } from 'vitest'

import { resourceExposition } from './exposition.ts'
import type { MetricDefinition } from './metric-definition.ts'
import { resourceMetricDefinitions } from './resource-metric-definitions.ts'
import { type Labels, type ResourceMetric, sampleSource, type SampleSource } from './sample.ts'
import { webhookLabels, type WebhookRecord, webhookSeries } from './webhook-series.ts'

const counts = [3, 3, 3, 3, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2]

function recordOf(index: number): WebhookRecord {
  return {
    namespace: `team-${index % 7}`,
    name: `audit-${index}`,
    cluster: `weka-${index}`,
    verified: index % 2 === 0,
    probePeriod: 30,
    status: {
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'Synced', status: 'True' },
      ],
      target: { state: 'Rejecting', reason: 'TokenInvalid', certificateNotAfter: '2026-06-01T00:00:00Z' },
      buffer: {
        basis: index % 3 === 0 ? 'Estimated' : 'Measured',
        percentLower: 5,
        percentFull: index / 7,
        percentUpper: 15,
        capacityEvents: 90,
        eventsPerMinute: 100,
      },
    },
    drifts: index,
    eventsLost: 0.1 + 0.2,
    probes: { counts, passed: false, lastTime: 1_767_225_600_123 },
    nodes: [{ node: `n${index}:9000`, queuedEvents: 1, capacityEvents: 3 }],
  }
}

function webhooks(count: number): SampleSource {
  return sampleSource(
    Array.from({ length: count }, (_, index) => recordOf(index)),
    webhookLabels,
    webhookSeries,
  )
}

/** One resource with samples of one metric, with any labels. */
function odd(metric: ResourceMetric, values: readonly (readonly [node: string, value: number])[]): SampleSource {
  return sampleSource([values], () => ({ namespace: 'a', name: 'b', cluster: 'c' }), {
    [metric]: () => values.map(([node, value]) => ({ value, labels: { node } })),
  })
}

const definitions = Object.entries(resourceMetricDefinitions).filter(([, { type }]) => type !== 'histogram')

/** What the client library makes of the same samples, where all are gauges. */
async function writtenByClient(sources: readonly SampleSource[]): Promise<string> {
  const registry = new Registry()
  for (const [metric, { name, help, labels }] of definitions) {
    const gauge = new Gauge<string>({ name, help, labelNames: labels, registers: [registry] })
    for (const source of sources) {
      for (const { labels, samples } of source(metric as ResourceMetric)) {
        for (const sample of samples) gauge.set({ ...labels, ...sample.labels }, sample.value)
      }
    }
  }
  return await registry.metrics()
}

/** By metric, the lines between its header and the next one. */
function families(text: string): ReadonlyMap<string, { readonly help: string; readonly samples: readonly string[] }> {
  const blocks = text.split(/^# HELP /m).slice(1)
  const read = blocks.map((block) => {
    const [help = '', type = '', ...samples] = block.split('\n').filter((line) => line !== '')
    const name = help.split(' ', 1)[0] ?? ''
    expect(type).toMatch(new RegExp(`^# TYPE ${name} (gauge|counter)$`))
    for (const sample of samples) expect(sample.startsWith(`${name}{`), sample).toBe(true)
    return [name, { help, samples: samples.toSorted() }] as const
  })
  expect(new Set(read.map(([name]) => name)).size).toBe(read.length)
  return new Map(read)
}

test.each([
  { name: 'of no resource', sources: [] },
  { name: 'of resources', sources: [webhooks(10)] },
  {
    name: 'with labels that would break the format',
    sources: [
      odd('bufferReported', [
        ['"', 1],
        ['\\', 2],
        ['\n', 3],
        ['a"} 9\nb\\n\\"', 4],
        ['', 5],
        ['größe,{}=\r\t', 6],
      ]),
    ],
  },
  {
    name: 'with numbers of every kind',
    sources: [
      odd('bufferReported', [
        ['zero', 0],
        ['minus zero', -0],
        ['large', 1e21],
        ['small', 1e-7],
        ['long', 0.1 + 0.2],
        ['none', Number.NaN],
        ['infinite', Infinity],
        ['minus infinite', -Infinity],
      ]),
    ],
  },
])('samples $name are written as the client library writes them', async ({ sources }) => {
  const written = families([...resourceExposition(sources)].join(''))
  expect(written).toEqual(families(await writtenByClient(sources)))
  expect([...written.keys()].toSorted()).toEqual(definitions.map(([, { name }]) => name).toSorted())
})

test('every metric keeps its type, and what several kinds of resources tell by it stands together', () => {
  const clusters = sampleSource(['weka'], (name): Labels => ({ kind: 'S3Cluster', namespace: 'team', name }), {
    unverified: () => [{ value: 1, labels: {} }],
  })
  const text = [...resourceExposition([webhooks(2), clusters])].join('')
  for (const [, { name, type }] of definitions as readonly (readonly [string, MetricDefinition])[]) {
    expect(text.split(`\n# TYPE ${name} ${type}\n`), name).toHaveLength(2)
  }
  expect(text).toContain(
    [
      '# TYPE s3audit_tls_verification_disabled gauge',
      's3audit_tls_verification_disabled{namespace="team-1",name="audit-1",cluster="weka-1",kind="S3AuditWebhook"} 1',
      's3audit_tls_verification_disabled{kind="S3Cluster",namespace="team",name="weka"} 1',
      '',
    ].join('\n'),
  )
})

test('however many resources there are, chunks are of whole lines, neither long nor many', () => {
  const lengths: number[] = []
  let lines = 0
  for (const chunk of resourceExposition([webhooks(5000)])) {
    lengths.push(chunk.length)
    lines += chunk.split('\n').length - 1
    expect(chunk.endsWith('\n')).toBe(true)
  }
  expect(lines).toBeGreaterThan(5000 * 30)
  expect(lengths.length).toBeGreaterThan(15)
  expect(lengths.length).toBeLessThan(60)
  expect(Math.max(...lengths)).toBeLessThan(520 * 1024)
  expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(512 * 1024)
})

test('samples are read when their chunk is asked for, and no sooner', () => {
  let read = 0
  const source = sampleSource(
    Array.from({ length: 100_000 }, (_, index) => index),
    (index): Labels => ({ name: `r${index}` }),
    {
      targetUp() {
        read++
        return [{ value: 1, labels: {} }]
      },
    },
  )
  const chunks = resourceExposition([source])
  chunks.next()
  const first = read
  expect(first).toBeLessThan(30_000)
  chunks.next()
  expect(read).toBeGreaterThan(first)
})
