import { text } from 'node:stream/consumers'

import { describe, expect, onTestFinished, test } from 'vitest'

import { createFakeClock, type FakeClock } from '../../test/support/fake-clock.ts'
import { leftBehindReasons } from './deletion-metrics.ts'
import { metricCatalogue } from './metric-catalogue.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import type { ObservedWebhookStatus } from './webhook-series.ts'

interface Measured extends Metrics {
  readonly clock: FakeClock
  /** The value of each series, by its name with labels as it is exposed. */
  readonly scrape: () => Promise<ReadonlyMap<string, number>>
}

function measured(): Measured {
  const clock = createFakeClock()
  const metrics = createMetrics({ clock })
  onTestFinished(() => metrics[Symbol.dispose]())
  return {
    ...metrics,
    clock,
    async scrape() {
      const lines = (await text(metrics.expose())).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
      return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
    },
  }
}

const name = { namespace: 'team', name: 'audit' }
const webhook = { metadata: name, spec: { tls: { verification: 'Full' }, probe: { periodSeconds: 30 } } }
const labels = 'namespace="team",name="audit",cluster="weka"'
const now = Date.UTC(2026, 0, 1) / 1000

/** A status with everything in it. */
const fullStatus: ObservedWebhookStatus = {
  conditions: [
    { type: 'Ready', status: 'False' },
    { type: 'Synced', status: 'True' },
    { type: 'TargetReachable', status: 'False' },
    { type: 'Delivering', status: 'Unknown' },
    { type: 'BufferHealthy', status: 'False' },
    { type: 'Stalled', status: 'True' },
  ],
  target: { state: 'Rejecting', reason: 'TokenInvalid', certificateNotAfter: '2026-06-01T00:00:00Z' },
  buffer: {
    basis: 'Measured',
    percentFull: 10,
    capacityEvents: 90,
    capacityBasis: 'Reported',
    eventsPerMinute: 120,
    fullTime: '2026-01-01T02:00:00Z',
    outageStartTime: '2026-01-01T00:30:00Z',
    eventsLost: 7,
  },
}

/** The same where the cluster tells nothing of its buffer. */
const estimatedStatus: ObservedWebhookStatus = {
  ...fullStatus,
  buffer: {
    ...fullStatus.buffer,
    basis: 'Estimated',
    capacityBasis: 'Specified',
    percentFull: 40,
    percentLower: 25,
    percentUpper: 60,
  },
}

const allLevels = ([0, 1, 2, 3] as const).map((level) => ({ level, class: 'ok', durationMilliseconds: 20 }) as const)

function ofResource(series: ReadonlyMap<string, number>): readonly string[] {
  return [...series.keys()].filter((key) => key.includes('namespace="team",name="audit"'))
}

test('every metric is in the catalogue with its type and help, and the other way round', async () => {
  const metrics = measured()
  const exposed = [...(await text(metrics.expose())).matchAll(/^# HELP (\S+) (.+)\n# TYPE \S+ (\S+)$/gm)].map(
    ([, metric, help, type]) => ({
      name: metric,
      help,
      type,
    }),
  )
  const listed = metricCatalogue.flatMap(({ metrics }) => metrics)
  expect(exposed.toSorted(byName)).toEqual(
    listed.map(({ name, help, type }) => ({ name, help, type })).toSorted(byName),
  )
})

function byName(a: { readonly name: string | undefined }, b: { readonly name: string | undefined }): number {
  return (a.name ?? '').localeCompare(b.name ?? '')
}

test('names follow the conventions of Prometheus', () => {
  for (const { name, type, help } of metricCatalogue.flatMap(({ metrics }) => metrics)) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*[a-z0-9]$/)
    expect(name.endsWith('_total'), name).toBe(type === 'counter')
    expect(help, name).toMatch(/\.$/)
  }
})

test('a resource shows its target, buffer, conditions and whether it is in force', async () => {
  const { webhooks, scrape } = measured()
  webhooks.observe(webhook, 'weka', fullStatus)
  const series = await scrape()
  const want: Record<string, number> = {
    [`s3audit_target_up{${labels}}`]: 0,
    [`s3audit_target_state{${labels},state="Rejecting",reason="TokenInvalid"}`]: 1,
    [`s3audit_target_tls_certificate_not_after_timestamp_seconds{${labels}}`]: Date.UTC(2026, 5, 1) / 1000,
    [`s3audit_outage_start_timestamp_seconds{${labels}}`]: now + 1800,
    [`s3audit_buffer_capacity_events{${labels},basis="Reported"}`]: 90,
    [`s3audit_buffer_fill_ratio{${labels}}`]: 0.1,
    [`s3audit_event_arrival_rate{${labels}}`]: 2,
    [`s3audit_events_lost_estimated_total{${labels}}`]: 0,
    [`s3audit_buffer_full_timestamp_seconds{${labels}}`]: now + 7200,
    [`s3audit_webhook_config_synced{${labels}}`]: 1,
    [`s3audit_webhook_config_drift_total{${labels}}`]: 0,
    [`s3audit_condition{${labels},kind="S3AuditWebhook",condition="Ready",status="False"}`]: 1,
    [`s3audit_condition{${labels},kind="S3AuditWebhook",condition="BufferHealthy",status="False"}`]: 1,
    [`s3audit_condition{${labels},kind="S3AuditWebhook",condition="Stalled",status="True"}`]: 1,
  }
  for (const [key, value] of Object.entries(want)) expect(series.get(key), key).toBe(value)
  expect([...series.keys()].filter((key) => /condition="(Synced|TargetReachable)"/.test(key))).toEqual([])
})

test('a buffer that is estimated shows the bounds, and no node', async () => {
  const { webhooks, deliveries, scrape } = measured()
  deliveries.reported('team/audit', [{ node: 'a', queuedEvents: 1, capacityEvents: 2 }])
  webhooks.observe(webhook, 'weka', estimatedStatus)
  const series = await scrape()
  const want: Record<string, number> = {
    [`s3audit_buffer_fill_ratio{${labels}}`]: 0.4,
    [`s3audit_buffer_estimated_fill_ratio{${labels},bound="lower"}`]: 0.25,
    [`s3audit_buffer_estimated_fill_ratio{${labels},bound="expected"}`]: 0.4,
    [`s3audit_buffer_estimated_fill_ratio{${labels},bound="upper"}`]: 0.6,
    [`s3audit_buffer_capacity_events{${labels},basis="Specified"}`]: 90,
  }
  for (const [key, value] of Object.entries(want)) expect(series.get(key), key).toBe(value)
  expect([...series.keys()].filter((key) => key.includes('reported_events{'))).toEqual([])
})

test('lost events are counted over outages, and those of an earlier operator are not counted again', async () => {
  const { webhooks, scrape } = measured()
  const counted: (number | undefined)[] = []
  for (const eventsLost of [500, 700, undefined, 30, 30]) {
    const buffer = eventsLost === undefined ? {} : { eventsLost }
    webhooks.observe(webhook, 'weka', { ...fullStatus, buffer })
    counted.push((await scrape()).get(`s3audit_events_lost_estimated_total{${labels}}`))
  }
  expect(counted).toEqual([0, 200, 200, 230, 230])
})

test.each([
  { status: 'True', want: 1 },
  { status: 'False', want: 0 },
  { status: 'Unknown', want: undefined },
] as const)('Synced $status is told by the metric as $want', async ({ status, want }) => {
  const { webhooks, scrape } = measured()
  webhooks.observe(webhook, 'weka', { conditions: [{ type: 'Synced', status }] })
  expect((await scrape()).get(`s3audit_webhook_config_synced{${labels}}`)).toBe(want)
})

test('a state that has passed leaves no series behind', async () => {
  const { webhooks, scrape } = measured()
  webhooks.observe(webhook, 'weka', fullStatus)
  await scrape()
  webhooks.observe(webhook, 'weka', {
    conditions: [{ type: 'Ready', status: 'True' }],
    target: { state: 'Reachable', reason: 'Accepted' },
    buffer: {},
  })
  const series = await scrape()
  expect(series.get(`s3audit_target_up{${labels}}`)).toBe(1)
  expect([...series.keys()].filter((key) => key.startsWith('s3audit_target_state'))).toEqual([
    `s3audit_target_state{${labels},state="Reachable",reason="Accepted"}`,
  ])
  expect([...series.keys()].filter((key) => key.startsWith('s3audit_condition'))).toHaveLength(1)
  expect(series.get(`s3audit_outage_start_timestamp_seconds{${labels}}`)).toBe(0)
  for (const gone of ['capacity_events', 'fill_ratio', 'full_timestamp_seconds']) {
    expect([...series.keys()].filter((key) => key.startsWith(`s3audit_buffer_${gone}`))).toEqual([])
  }
})

test('tests are counted by level and result, from zero on', async () => {
  const { webhooks, tests, clock, scrape } = measured()
  webhooks.observe(webhook, 'weka', fullStatus)
  const before = await scrape()
  expect(before.get(`s3audit_probes_total{${labels},level="2",result="misconfigured"}`)).toBe(0)
  expect([...before.keys()].filter((key) => key.startsWith('s3audit_probes_total'))).toHaveLength(17)
  expect(before.has(`s3audit_probe_success{${labels}}`)).toBe(false)

  tests.tested('team/audit', allLevels)
  await clock.advance(5000)
  tests.tested('team/audit', [
    { level: 0, class: 'warning', durationMilliseconds: 30 },
    { level: 2, class: 'misconfigured', durationMilliseconds: 40 },
  ])
  const series = await scrape()
  const want: Record<string, number> = {
    [`s3audit_probes_total{${labels},level="0",result="ok"}`]: 1,
    [`s3audit_probes_total{${labels},level="0",result="warning"}`]: 1,
    [`s3audit_probes_total{${labels},level="2",result="misconfigured"}`]: 1,
    [`s3audit_probes_total{${labels},level="3",result="rejected"}`]: 0,
    [`s3audit_probe_success{${labels}}`]: 0,
    [`s3audit_probe_interval_seconds{${labels}}`]: 30,
    [`s3audit_probe_last_timestamp_seconds{${labels}}`]: now + 5,
    's3audit_probe_duration_seconds_count{level="0"}': 2,
    's3audit_probe_duration_seconds_count{level="3"}': 1,
    's3audit_probe_duration_seconds_bucket{le="0.025",level="0"}': 1,
  }
  for (const [key, value] of Object.entries(want)) expect(series.get(key), key).toBe(value)
})

test('what is rejected where no event is sent counts as misconfigured', async () => {
  const { webhooks, tests, scrape } = measured()
  webhooks.observe(webhook, 'weka', fullStatus)
  tests.tested(
    'team/audit',
    ([0, 1, 2, 3] as const).map((level) => ({ level, class: 'rejected', durationMilliseconds: 1 })),
  )
  const series = await scrape()
  const counted = [...series].filter(([key, value]) => key.startsWith('s3audit_probes_total') && value > 0)
  expect(counted.map(([key]) => key)).toEqual([
    `s3audit_probes_total{${labels},level="0",result="misconfigured"}`,
    `s3audit_probes_total{${labels},level="1",result="misconfigured"}`,
    `s3audit_probes_total{${labels},level="2",result="misconfigured"}`,
    `s3audit_probes_total{${labels},level="3",result="rejected"}`,
  ])
})

test('a resource whose spec cannot be read keeps its cluster', async () => {
  const { webhooks, scrape } = measured()
  webhooks.observe(webhook, undefined, fullStatus)
  expect(ofResource(await scrape())).toEqual([])
  webhooks.observe(webhook, 'weka', fullStatus)
  webhooks.observe({ ...webhook, spec: 'nonsense' }, undefined, { conditions: [{ type: 'Synced', status: 'False' }] })
  expect((await scrape()).get(`s3audit_webhook_config_synced{${labels}}`)).toBe(0)
})

test('a target that is no longer tested is neither up nor down', async () => {
  const { webhooks, tests, scrape } = measured()
  webhooks.observe(webhook, 'weka', fullStatus)
  tests.tested('team/audit', allLevels)
  webhooks.observe(webhook, 'weka', { target: { state: 'Unknown', reason: 'Disabled' } })
  const series = await scrape()
  for (const gone of ['target_up', 'probe_last_timestamp_seconds', 'probe_interval_seconds', 'probe_success']) {
    expect(series.has(`s3audit_${gone}{${labels}}`), gone).toBe(false)
  }
  expect(series.get(`s3audit_probes_total{${labels},level="0",result="ok"}`)).toBe(1)
})

test('nodes show their queues, and the fullest decides', async () => {
  const { webhooks, deliveries, scrape } = measured()
  webhooks.observe(webhook, 'weka', fullStatus)
  deliveries.reported('team/audit', [
    { node: 'a:9000', queuedEvents: 30, capacityEvents: 1000 },
    { node: 'b:9000', queuedEvents: 20, capacityEvents: 100 },
  ])
  const series = await scrape()
  expect(series.get(`s3audit_buffer_reported_events{${labels},node="a:9000"}`)).toBe(30)
  expect(series.get(`s3audit_buffer_reported_events{${labels},node="b:9000"}`)).toBe(20)
  expect(series.get(`s3audit_buffer_fill_ratio{${labels}}`)).toBe(0.2)
  expect(series.get(`s3audit_buffer_capacity_events{${labels},basis="Reported"}`)).toBe(100)

  webhooks.observe(webhook, 'weka', { ...fullStatus, buffer: {} })
  expect([...(await scrape()).keys()].filter((key) => key.includes('reported_events{'))).toEqual([])
})

describe('an S3AuditWebhook with everything to tell costs at most 40 series', () => {
  const nodes = Array.from({ length: 100 }, (_, index) => ({
    node: `n${index}`,
    queuedEvents: index,
    capacityEvents: 200,
  }))
  const unverified = { ...webhook, spec: { ...webhook.spec, tls: { verification: 'None' } } }
  test.each([
    { name: 'measured at one node', status: fullStatus, nodes: nodes.slice(0, 1), want: 37 },
    { name: 'measured at a hundred nodes', status: fullStatus, nodes, want: 40 },
    { name: 'estimated', status: estimatedStatus, nodes: [], want: 39 },
  ])('$name', async ({ status, nodes, want }) => {
    const { webhooks, tests, deliveries, scrape } = measured()
    webhooks.observe(unverified, 'weka', status)
    tests.tested('team/audit', allLevels)
    tests.tested(
      'team/audit',
      allLevels.map((verdict) => ({ ...verdict, class: 'rejected' })),
    )
    deliveries.reported('team/audit', nodes)
    expect(ofResource(await scrape())).toHaveLength(want)
  })
})

test('an S3Cluster with everything to tell costs at most 40 series', async () => {
  const { clusters, scrape } = measured()
  const conditions = ['Ready', 'Stalled'].map((type) => ({ type, status: 'True' }) as const)
  clusters.observe({ metadata: name, spec: { tls: { verification: 'None' } } }, { conditions })
  expect(ofResource(await scrape())).toHaveLength(3)
})

test('counters of a resource are zero from its first pass on', async () => {
  const { webhooks, scrape } = measured()
  webhooks.observe(webhook, 'weka', {})
  const series = await scrape()
  const counters = metricCatalogue
    .flatMap(({ metrics }) => metrics)
    .filter(({ type, labels }) => type === 'counter' && labels.includes('namespace'))
  expect(counters.length).toBeGreaterThan(0)
  for (const { name } of counters) {
    const own = ofResource(series).filter((key) => key.startsWith(`${name}{`))
    expect(own.length, name).toBeGreaterThan(0)
    expect(
      own.map((key) => series.get(key)).every((value) => value === 0),
      name,
    ).toBe(true)
  }
})

test('series go with their resource and leave others alone', async () => {
  const { webhooks, tests, deliveries, clusters, scrape } = measured()
  const other = { metadata: { namespace: 'team', name: 'other' }, spec: {} }
  webhooks.observe(webhook, 'weka', fullStatus)
  webhooks.observe(other, 'weka', fullStatus)
  webhooks.drift(webhook, 'weka')
  tests.tested('team/audit', allLevels)
  deliveries.reported('team/audit', [{ node: 'a', queuedEvents: 1, capacityEvents: 2 }])
  clusters.observe(webhook, { conditions: [{ type: 'Ready', status: 'True' }] })
  expect((await scrape()).get(`s3audit_webhook_config_drift_total{${labels}}`)).toBe(1)

  webhooks.forget(name)
  clusters.forget(name)
  const series = await scrape()
  expect([...series.keys()].filter((key) => key.includes('"audit"'))).toEqual([])
  expect([...series.keys()].filter((key) => key.includes('name="other"')).length).toBeGreaterThan(20)
})

test('a resource whose first pass has not ended has no series, but its tests are not lost', async () => {
  const { webhooks, tests, scrape } = measured()
  tests.tested('team/audit', allLevels)
  expect(ofResource(await scrape())).toEqual([])
  webhooks.observe(webhook, 'weka', fullStatus)
  expect((await scrape()).get(`s3audit_probes_total{${labels},level="3",result="ok"}`)).toBe(1)
})

test('requests to management APIs are counted by operation and status, and their time is taken', async () => {
  const { clusterApi, scrape } = measured()
  const login = { provider: 'WEKA', operation: 'login', durationMilliseconds: 200 }
  for (const code of ['200', '200', '418', 'ConnectionRefused']) clusterApi.requested({ ...login, code })
  clusterApi.requested({ ...login, operation: 'cluster', code: '200', durationMilliseconds: 61_000 })
  const series = await scrape()
  const total = (operation: string, code: string): number | undefined =>
    series.get(`s3audit_cluster_api_requests_total{provider="WEKA",operation="${operation}",code="${code}"}`)
  expect(total('login', '200')).toBe(2)
  expect(total('login', '4xx')).toBe(1)
  expect(total('login', 'ConnectionRefused')).toBe(1)
  expect(total('cluster', '200')).toBe(1)
  const time = 's3audit_cluster_api_request_duration_seconds'
  expect(series.get(`${time}_sum{provider="WEKA",operation="login"}`)).toBeCloseTo(0.8)
  expect(series.get(`${time}_bucket{le="0.1",provider="WEKA",operation="login"}`)).toBe(0)
  expect(series.get(`${time}_bucket{le="0.25",provider="WEKA",operation="login"}`)).toBe(4)
  expect(series.get(`${time}_bucket{le="60",provider="WEKA",operation="cluster"}`)).toBe(0)
  expect(series.get(`${time}_count{provider="WEKA",operation="cluster"}`)).toBe(1)
})

test('an S3Cluster shows conditions, and that TLS is not verified', async () => {
  const { clusters, scrape } = measured()
  const cluster = { metadata: { namespace: 'team', name: 'weka' }, spec: { tls: { verification: 'None' } } }
  clusters.observe(cluster, { conditions: [{ type: 'Ready', status: 'False' }] })
  const series = await scrape()
  const own = 'kind="S3Cluster",namespace="team",name="weka",cluster="weka"'
  expect(series.get(`s3audit_condition{${own},condition="Ready",status="False"}`)).toBe(1)
  expect(series.get(`s3audit_tls_verification_disabled{${own}}`)).toBe(1)
})

test('label values that would break the format are escaped', async () => {
  const { deliveries, webhooks, scrape } = measured()
  webhooks.observe(webhook, 'weka', fullStatus)
  deliveries.reported('team/audit', [{ node: 'a"} 9\nb\\', queuedEvents: 1, capacityEvents: 2 }])
  expect((await scrape()).get(`s3audit_buffer_reported_events{${labels},node="a\\"} 9\\nb\\\\"}`)).toBe(1)
})

test('the process tells its CPU time, memory and event loop', async () => {
  const { scrape } = measured()
  const first = await scrape()
  const second = await scrape()
  expect(first.get('process_resident_memory_bytes')).toBeGreaterThan(1e6)
  expect(first.get(`nodejs_version_info{version="${process.version}"}`)).toBe(1)
  expect(second.get('process_cpu_seconds_total')).toBeGreaterThan(first.get('process_cpu_seconds_total') ?? Infinity)
})

test('webhooks left behind are counted by reason, from zero on, and outlive their resources', async () => {
  const metrics = measured()
  const reasonsAt = async (value: number): Promise<readonly string[]> =>
    [...(await metrics.scrape())].flatMap(([key, is]) =>
      key.startsWith('s3audit_webhooks_left_behind_total') && is === value ? [key] : [],
    )
  expect(await reasonsAt(0)).toHaveLength(leftBehindReasons.length)
  metrics.webhooks.leftBehind('ClusterUnreachable')
  metrics.webhooks.forget(name)
  expect(await reasonsAt(1)).toEqual(['s3audit_webhooks_left_behind_total{reason="ClusterUnreachable"}'])
})

test('other work gets its turn while many resources are served, and may forget and add some of them', async () => {
  const metrics = measured()
  const webhookOf = (index: number) => ({ ...webhook, metadata: { namespace: 'team', name: `audit-${index}` } })
  for (let index = 0; index < 2000; index++) metrics.webhooks.observe(webhookOf(index), 'weka', fullStatus)
  let [chunks, turns] = [0, 0]
  let isServing = true
  const otherWork = (): void => {
    if (!isServing) return
    turns++
    metrics.webhooks.forget(webhookOf(turns).metadata)
    metrics.webhooks.observe(webhookOf(turns), 'weka', fullStatus)
    metrics.webhooks.observe(webhookOf(2000 + turns), 'weka', fullStatus)
    setImmediate(otherWork)
  }
  setImmediate(otherWork)
  let exposed = ''
  for await (const chunk of metrics.expose()) {
    chunks++
    exposed += chunk
  }
  isServing = false
  expect(chunks).toBeGreaterThan(10)
  expect(turns).toBeGreaterThanOrEqual(chunks - 1)
  const series = exposed.split('\n').filter((line) => line.startsWith('s3audit_target_up{'))
  expect(new Set(series).size).toBe(2000)
  expect(series).toHaveLength(2000)
})
