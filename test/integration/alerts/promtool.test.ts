import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { alertRulesPath, readAlertRules } from '../../../scripts/alerts/alert-rules.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'
import { type CommandResult, runCommand } from '../../control-plane/run-command.ts'
import { findPromtool } from '../../promtool/find-promtool.ts'
import { createFakeClock } from '../../support/fake-clock.ts'

const root = join(import.meta.dirname, '../../..')
const rulesDirectory = join(import.meta.dirname, 'rules')
const scenarioFiles = (await readdir(rulesDirectory)).map((name) => join(rulesDirectory, name))

let promtool: string

beforeAll(async () => {
  promtool = await findPromtool()
})

async function check(args: readonly string[], input = ''): Promise<CommandResult> {
  return await runCommand(promtool, args, { cwd: root, input })
}

test('promtool finds nothing wrong with the rules', async () => {
  const result = await check(['check', 'rules', '--lint=all', '--lint-fatal', alertRulesPath])
  expect(result.stderr).toBe('')
  expect(result.code).toBe(0)
})

describe('by the scenarios', () => {
  test.each(scenarioFiles.map((path) => ({ name: path.slice(rulesDirectory.length + 1), path })))(
    'of $name alerts come when they should, and not before',
    async ({ path }) => {
      const { code, stdout, stderr } = await check(['test', 'rules', path])
      expect(code, stdout + stderr).toBe(0)
    },
  )

  test('every alert is seen to fire, and not to', async () => {
    const claims = (await Promise.all(scenarioFiles.map(readClaims))).flat()
    const { alerts } = readAlertRules(root)
    const unproved = alerts.flatMap(({ alert, labels: { severity } }) => [
      ...(claims.some(({ firing }) => firing.includes(alert)) ? [] : [`${alert} fires`]),
      ...(claims.some((claim) => isSilent(claim, alert, severity)) ? [] : [`${alert} is silent`]),
    ])
    expect(unproved).toEqual([])
  })
})

test('promtool finds nothing wrong with the metrics, with resources and before there are any', async () => {
  const metrics = createMetrics({ clock: createFakeClock() })
  onTestFinished(() => metrics[Symbol.dispose]())
  const empty = await check(['check', 'metrics'], await text(metrics.expose()))
  expect(empty).toEqual({ code: 0, stdout: '', stderr: '' })

  const resource = { metadata: { namespace: 'team', name: 'audit' }, spec: { tls: { verification: 'None' } } }
  metrics.runtime.controllerStarted('s3auditwebhook', { maximumWorkers: 1 })
  metrics.clusters.observe(resource, { conditions: [{ type: 'Ready', status: 'True' }] })
  metrics.clusterApi.requested({ provider: 'MinIO', operation: 'info', code: '200', durationMilliseconds: 2 })
  metrics.webhooks.observe(resource, 'minio', {
    conditions: [{ type: 'Ready', status: 'False' }],
    target: { state: 'Rejecting', reason: 'TokenInvalid', certificateNotAfter: '2026-06-01T00:00:00Z' },
    buffer: {
      basis: 'Estimated',
      percentLower: 5,
      percentFull: 10,
      percentUpper: 15,
      capacityEvents: 90,
      capacityBasis: 'Specified',
      eventsPerMinute: 60,
      fullTime: '2026-01-01T02:00:00Z',
      outageStartTime: '2026-01-01T00:30:00Z',
    },
  })
  metrics.tests.tested('team/audit', [{ level: 0, class: 'ok', durationMilliseconds: 20 }])
  const exposed = await text(metrics.expose())
  expect(exposed).toContain('s3audit_buffer_estimated_fill_ratio{')
  expect(await check(['check', 'metrics'], exposed)).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('promtool would tell of a metric without help', async () => {
  const { code, stderr } = await check(['check', 'metrics'], '# TYPE a_things counter\na_things 1\n')
  expect(code).toBe(3)
  expect(stderr).toContain('a_things')
})

/** What a scenario expects at one time. */
interface Claim {
  readonly firing: readonly string[]
  /** Of alerts that it asks for: its name, all of a severity, or all. */
  readonly asked: { readonly alert?: string | undefined; readonly severity?: string | undefined }
}

const scenarios = z.object({
  tests: z.array(
    z.object({
      promql_expr_test: z
        .array(z.object({ expr: z.string(), exp_samples: z.array(z.object({ labels: z.string() })) }))
        .default([]),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })).default([]),
    }),
  ),
})

async function readClaims(path: string): Promise<readonly Claim[]> {
  const { tests } = scenarios.parse(parse(await readFile(path, 'utf8')))
  return tests.flatMap(({ promql_expr_test: expressions, alert_rule_test: rules }) => [
    ...expressions
      .filter(({ expr }) => expr.includes('ALERTS'))
      .map(({ expr, exp_samples: samples }) => {
        const alert = valueOf('alertname', expr)
        const named = samples.map(({ labels }) => valueOf('alertname', labels) ?? alert ?? '')
        return { firing: named, asked: { alert, severity: valueOf('severity', expr) } }
      }),
    ...rules.map(({ alertname, exp_alerts: expected }) => ({
      firing: expected.length === 0 ? [] : [alertname],
      asked: { alert: alertname },
    })),
  ])
}

function isSilent({ firing, asked }: Claim, alert: string, severity: string): boolean {
  const isAsked = (asked.alert ?? alert) === alert && (asked.severity ?? severity) === severity
  return isAsked && !firing.includes(alert)
}

function valueOf(label: string, text: string): string | undefined {
  return new RegExp(`\\b${label}="([^"]*)"`, 'u').exec(text)?.[1]
}
