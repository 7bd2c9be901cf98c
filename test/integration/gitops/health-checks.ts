import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

import type { HealthExpressions } from '../../gitops/judge-resources.ts'

const examples = join(import.meta.dirname, '../../../examples')

export type Kind = 'S3AuditWebhook' | 'S3Cluster'

/** An entry of `health_test.yaml`. */
export interface HealthTest {
  readonly healthStatus: { readonly status: string; readonly message: string }
  readonly inputPath: string
}

const healthTests: z.ZodType<{ readonly tests: readonly HealthTest[] }> = z.object({
  tests: z.array(
    z.strictObject({
      healthStatus: z.strictObject({ status: z.string(), message: z.string() }),
      inputPath: z.string(),
    }),
  ),
})

/** The health check of Argo CD for a kind, in the layout of Argo CD's own repository. */
export interface ArgoHealthCheck {
  readonly script: string
  /** What `health_test.yaml` expects. */
  readonly tests: readonly HealthTest[]
  /** Files of `testdata/`, as `inputPath` names them. */
  readonly testdata: readonly string[]
  /** The resource in such a file. */
  readonly read: (inputPath: string) => Promise<unknown>
  /** Path of such a file. */
  readonly path: (inputPath: string) => string
}

export async function argoHealthCheck(kind: Kind): Promise<ArgoHealthCheck> {
  const folder = join(examples, 'argo-cd/resource_customizations/s3audit.dev', kind)
  const path = (inputPath: string): string => join(folder, inputPath)
  const files = await readdir(path('testdata'))
  return {
    script: await readFile(path('health.lua'), 'utf8'),
    tests: healthTests.parse(parse(await readFile(path('health_test.yaml'), 'utf8'))).tests,
    testdata: files.sort().map((file) => `testdata/${file}`),
    read: async (inputPath) => parse(await readFile(path(inputPath), 'utf8')) as unknown,
    path,
  }
}

const kustomization = z.object({
  spec: z.object({
    healthCheckExprs: z
      .array(
        z.strictObject({
          apiVersion: z.literal('s3audit.dev/v1alpha1'),
          kind: z.literal('S3AuditWebhook'),
          inProgress: z.string().optional(),
          failed: z.string().optional(),
          current: z.string(),
        }),
      )
      .length(1),
  }),
})

/** The health check expressions for webhooks in a file of `examples/flux`. */
export async function fluxExpressions(file: string): Promise<HealthExpressions> {
  const documents = parseAllDocuments(await readFile(join(examples, 'flux', file), 'utf8'))
  const found = documents.flatMap((document) => {
    const parsed = kustomization.safeParse(document.toJS())
    return parsed.success ? parsed.data.spec.healthCheckExprs : []
  })
  const [only, ...others] = found
  if (only === undefined || others.length > 0) throw new Error(`${file} has expressions in ${found.length} places`)
  return only
}
