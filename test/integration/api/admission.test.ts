import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { connect, createNamespace, type ApiServer } from './api-server.ts'
import { clusterExamples, minimalClusterSpec, minimalWebhookSpec, specOf, webhookExamples } from './spec-examples.ts'

let server: ApiServer
let namespace: string

beforeAll(async () => {
  server = connect(await sharedControlPlane())
  namespace = await createNamespace(server)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const kinds = [
  { kind: 'S3Cluster', plural: 's3clusters', minimal: minimalClusterSpec, examples: clusterExamples },
  { kind: 'S3AuditWebhook', plural: 's3auditwebhooks', minimal: minimalWebhookSpec, examples: webhookExamples },
]

const refusal = z.object({ kind: z.literal('Status'), reason: z.literal('Invalid'), message: z.string() })

describe.each(kinds)('admission of $kind', ({ kind, plural, minimal, examples }) => {
  test.each(examples)('judges $name', async (example) => {
    const path = `/apis/s3audit.dev/v1alpha1/namespaces/${namespace}/${plural}?dryRun=All&fieldValidation=Strict`
    const answer = await server.send('POST', path, {
      apiVersion: 's3audit.dev/v1alpha1',
      kind,
      metadata: { name: 'example' },
      spec: specOf(minimal, example),
    })
    if (example.refused === undefined) {
      expect(answer).toMatchObject({ status: 201 })
      return
    }
    const { message } = refusal.parse(answer.body)
    expect(message).toContain(`spec.${example.refused.at ?? example.field}: `)
    expect(message).toContain(example.refused.because)
  })

  test('refuses a field that it does not know when asked to be strict', async () => {
    const path = `/apis/s3audit.dev/v1alpha1/namespaces/${namespace}/${plural}?dryRun=All&fieldValidation=Strict`
    const answer = await server.send('POST', path, {
      apiVersion: 's3audit.dev/v1alpha1',
      kind,
      metadata: { name: 'example' },
      spec: { ...minimal, mispelt: 1 },
    })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('unknown field \\"spec.mispelt\\"')
  })

  test('refuses a resource without spec', async () => {
    const path = `/apis/s3audit.dev/v1alpha1/namespaces/${namespace}/${plural}?dryRun=All`
    const answer = await server.send('POST', path, {
      apiVersion: 's3audit.dev/v1alpha1',
      kind,
      metadata: { name: 'example' },
    })
    expect(refusal.parse(answer.body).message).toContain('spec: Required value')
  })
})
