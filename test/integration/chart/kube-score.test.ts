import { expect, test } from 'vitest'
import { z } from 'zod'

import { runCommand } from '../../control-plane/run-command.ts'
import { renderDefaults } from '../../helm/render-chart.ts'
import { findKubeScore } from '../../kube-score/find-kube-score.ts'

/** What kube-score asks and the chart does otherwise by default, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'container-image-pull-policy':
    'a tag of a release never changes, and a node without a registry must be able to start the operator',
  'container-ephemeral-storage-request-and-limit':
    'nothing can be written: the root is read-only, and no volume is mounted',
  'deployment-has-host-podantiaffinity': 'topology spread constraints do it, over zones too',
  'pod-networkpolicy':
    'egress is not restricted by default: a forgotten port would be reported as an unreachable target',
}

const gradeOfNoFinding = 10
const report = z.array(
  z.object({
    object_name: z.string(),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ summary: z.string() })).nullable(),
      }),
    ),
  }),
)

test('kube-score finds what the chart does on purpose, and nothing else', async () => {
  const manifests = (await renderDefaults()).filter(({ kind }) => kind !== 'CustomResourceDefinition')
  const args = ['score', '--kubernetes-version=v1.31', '--output-format=json', '--output-version=v2', '-']
  // An operator that is throttled loses its Lease. Memory has a limit.
  args.push('--ignore-container-cpu-limit')
  const { stdout, stderr } = await runCommand(await findKubeScore(), args, {
    input: manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n'),
  })
  const scored = report.parse(JSON.parse(stdout || 'null'), { error: () => stderr })
  expect(scored.map(({ object_name: name }) => name.split('/')[0])).toContain('Deployment')
  const findings = scored.flatMap(({ object_name: name, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < gradeOfNoFinding)
      .map(({ check, comments }) => ({ id: check.id, name, says: comments?.map(({ summary }) => summary) })),
  )
  expect(findings.filter(({ id }) => exceptions[id] === undefined)).toEqual([])
  expect(new Set(findings.map(({ id }) => id))).toEqual(new Set(Object.keys(exceptions)))
})
