import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { expect, onTestFinished, test } from 'vitest'

import { alertRulesPath } from '../../../scripts/alerts/alert-rules.ts'
import type { BufferStatus } from '../../../src/api/s3-audit-webhook-status.ts'
import { judgeEstimatedBuffer } from '../../../src/buffer/estimated-buffer.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'
import { runCommand } from '../../control-plane/run-command.ts'
import { findPromtool } from '../../promtool/find-promtool.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const root = join(import.meta.dirname, '../../..')
const minute = 60_000
const outageMinutes = 40
const resource = { metadata: { namespace: 'team', name: 'audit' }, spec: {} }

/** By series as it is exposed, its value in each minute; undefined where it was not there. */
type Recording = ReadonlyMap<string, readonly (string | undefined)[]>

/**
 * What the operator serves minute by minute while the target of an S3 cluster that tells nothing is away. The buffer holds for 166
 * minutes at the usual rate and is at risk ten minutes before.
 */
async function outage(): Promise<Recording> {
  const metrics = createMetrics({ clock: createFakeClock() })
  onTestFinished(() => metrics[Symbol.dispose]())
  const start = Date.UTC(2026, 0, 1)
  const startTime = new Date(start).toISOString()
  const recording = new Map<string, (string | undefined)[]>()
  let previous: BufferStatus | undefined
  for (let at = 0; at < outageMinutes; at++) {
    const { status, reason } = judgeEstimatedBuffer({
      now: start + at * minute,
      capacity: { events: 10_000, basis: 'Specified' },
      eventsPerMinute: 60,
      rateBasis: 'Specified',
      previous,
      outageStartTime: startTime,
      lastSuccessTime: startTime,
      atRiskSeconds: 600,
    })
    previous = status
    expect(reason).toBe('Filling')
    metrics.webhooks.observe(resource, 'weka', {
      conditions: [{ type: 'BufferHealthy', status: 'True' }],
      target: { state: 'Unreachable', reason: 'ConnectionRefused' },
      buffer: status,
    })
    for (const line of (await text(metrics.expose())).split('\n')) {
      if (!line.startsWith('s3audit_') || !line.includes('name="audit"')) continue
      const end = line.lastIndexOf(' ')
      const series = line.slice(0, end)
      const values = recording.get(series) ?? Array.from<string | undefined>({ length: outageMinutes })
      values[at] = line.slice(end + 1)
      recording.set(series, values)
    }
  }
  return recording
}

/** The critical alerts that promtool sees fire at these minutes, with what was recorded. */
async function criticalAt(recording: Recording, expected: Readonly<Record<number, readonly string[]>>): Promise<void> {
  const scenario = {
    rule_files: [join(root, alertRulesPath)],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          { series: 'up{job="s3-audit-operator"}', values: `1x${outageMinutes}` },
          ...[...recording].map(([series, values]) => ({
            series,
            values: values.map((value) => value ?? 'stale').join(' '),
          })),
        ],
        promql_expr_test: Object.entries(expected).map(([at, names]) => ({
          expr: 'group by (alertname) (ALERTS{alertstate="firing", severity="critical"})',
          eval_time: `${at}m`,
          exp_samples: names.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
        })),
      },
    ],
  }
  const directory = await mkdtemp(join(tmpdir(), 'promtool-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'scenario.json')
  await writeFile(path, JSON.stringify(scenario))
  const { code, stdout, stderr } = await runCommand(await findPromtool(), ['test', 'rules', path], { cwd: root })
  expect(code, stdout + stderr).toBe(0)
}

test('the upper bound of the estimate, from the model through the metric, calls long before the expected figure does', async () => {
  const recording = await outage()
  const bound = (name: string): readonly (string | undefined)[] =>
    [...recording].find(([series]) => series.includes(`fill_ratio{`) && series.includes(`bound="${name}"`))?.[1] ?? []
  const last = ['lower', 'expected', 'upper'].map((name) => Number(bound(name).at(-1)))
  expect(last).toEqual(last.toSorted((a, b) => a - b))
  expect(new Set(last).size).toBe(3)
  await criticalAt(recording, { 2: [], 35: ['S3AuditBufferFillsSoon'] })
})

test('without the bound nothing calls yet: the condition is well, and the level is not asked a second time', async () => {
  const recording = [...(await outage())].filter(([series]) => !series.includes('bound="upper"'))
  await criticalAt(new Map(recording), { 35: [] })
})
