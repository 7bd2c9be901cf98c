import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

const examples = join(import.meta.dirname, '../../../examples')

async function parsed<T>(file: string, shape: z.ZodType<T>): Promise<readonly T[]> {
  const documents = parseAllDocuments(await readFile(join(examples, file), 'utf8'))
  return documents.flatMap((document) => {
    const { data } = shape.safeParse(document.toJS())
    return data === undefined ? [] : [data]
  })
}

interface SecretKeys {
  readonly namespace: string
  readonly name: string
  readonly keys: readonly string[]
}

const metadata = z.object({ name: z.string(), namespace: z.string() })
const secret = z
  .object({ kind: z.literal('Secret'), metadata, stringData: z.record(z.string(), z.string()) })
  .transform(({ metadata, stringData }) => ({ ...metadata, keys: Object.keys(stringData) }))
const externalSecret = z
  .object({
    kind: z.literal('ExternalSecret'),
    metadata,
    spec: z.object({ target: z.object({ name: z.string() }), data: z.array(z.object({ secretKey: z.string() })) }),
  })
  .transform(({ metadata, spec }) => ({
    namespace: metadata.namespace,
    name: spec.target.name,
    keys: spec.data.map(({ secretKey }) => secretKey),
  }))
const sealedSecret = z
  .object({
    kind: z.literal('SealedSecret'),
    metadata,
    spec: z.object({ encryptedData: z.record(z.string(), z.string()), template: z.object({ metadata }) }),
  })
  .transform(({ spec }) => ({ ...spec.template.metadata, keys: Object.keys(spec.encryptedData) }))

test.each([
  { tool: 'External Secrets', file: 'secrets/external-secrets.yaml', shape: externalSecret },
  { tool: 'Sealed Secrets', file: 'secrets/sealed-secrets.yaml', shape: sealedSecret },
])('$tool make the Secrets of examples/weka.yaml and examples/minio.yaml, key by key', async ({ file, shape }) => {
  const wanted = [...(await parsed('weka.yaml', secret)), ...(await parsed('minio.yaml', secret))]
  const made = await parsed<SecretKeys>(file, shape)
  expect(byName(made)).toEqual(byName(wanted))
  expect(made.map(({ namespace }) => namespace)).toEqual(made.map(() => 's3-audit'))
})

function byName(secrets: readonly SecretKeys[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(secrets.map(({ name, keys }) => [name, keys]))
}
