import { describe, expect, test } from 'vitest'

import { judgeResources } from '../../gitops/judge-resources.ts'
import { argoHealthCheck, type Kind } from './health-checks.ts'

describe.each<Kind>(['S3AuditWebhook', 'S3Cluster'])('the health check of Argo CD for %s', (kind) => {
  test('says what health_test.yaml expects of each file of testdata', async () => {
    const { script, tests, testdata, read } = await argoHealthCheck(kind)
    expect(tests.map(({ inputPath }) => inputPath).sort()).toEqual(testdata)
    const objects = await Promise.all(tests.map(({ inputPath }) => read(inputPath)))
    const judgements = await judgeResources(objects.map((object) => ({ object, lua: script })))
    expect(judgements.map(({ argo }, index) => ({ healthStatus: argo, inputPath: tests[index]?.inputPath }))).toEqual(
      tests,
    )
  })

  test.each([
    { name: 'has no status at all', object: {} },
    { name: 'has a status without conditions', object: { status: { observedGeneration: 1 } } },
    { name: 'has no Ready', object: { status: { observedGeneration: 1, conditions: [] } } },
  ])('waits for what $name', async ({ object }) => {
    const { script } = await argoHealthCheck(kind)
    const metadata = { name: 'odd', generation: 1 }
    const [judgement] = await judgeResources([
      { object: { apiVersion: 's3audit.dev/v1alpha1', kind, metadata, ...object }, lua: script },
    ])
    expect(judgement?.argo).toEqual({ status: 'Progressing', message: 'Waiting for s3-audit-operator' })
  })
})
