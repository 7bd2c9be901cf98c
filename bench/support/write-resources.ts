import type { ApiServer } from '../../test/integration/api/api-server.ts'
import { inParallel } from './in-parallel.ts'
import { clusterResource, referenceOf, resourcesPerTenant, webhookResource, webhookStatus } from './resources.ts'

const atATime = 32

/** What namespaces hold beside clusters and webhooks. */
export interface TenantContent {
  readonly weka: { readonly username: string; readonly password: string }
  readonly token: string
  readonly caPem: string
}

/** Makes the namespaces for `count` resources, with the Secrets and the ConfigMap that these refer to. */
export async function createTenants(apiServer: ApiServer, count: number, content: TenantContent): Promise<void> {
  const objects: readonly (readonly [string, string, object])[] = [
    ['secrets', 'weka-credentials', { stringData: content.weka }],
    ['secrets', 'splunk-token', { stringData: { token: content.token } }],
    ['configmaps', 'splunk-ca', { data: { 'ca.crt': content.caPem } }],
  ]
  await inParallel(Math.ceil(count / resourcesPerTenant), atATime, async (tenant) => {
    const { namespace } = referenceOf(tenant * resourcesPerTenant)
    await create(apiServer, '/api/v1/namespaces', { metadata: { name: namespace } })
    for (const [plural, name, rest] of objects) {
      await create(apiServer, `/api/v1/namespaces/${namespace}/${plural}`, { metadata: { name }, ...rest })
    }
  })
}

export async function createClusters(apiServer: ApiServer, endpoints: readonly string[]): Promise<void> {
  await inParallel(endpoints.length, atATime, (index) =>
    create(apiServer, collection('s3clusters', index), clusterResource(index, { endpoints: [endpoints[index] ?? ''] })),
  )
}

export async function createWebhooks(
  apiServer: ApiServer,
  count: number,
  specOf: (index: number) => Parameters<typeof webhookResource>[1],
): Promise<void> {
  await inParallel(count, atATime, (index) =>
    create(apiServer, collection('s3auditwebhooks', index), webhookResource(index, specOf(index))),
  )
}

/** Applies them as the operator does, which leaves the same managed fields. */
export async function applyWebhookStatuses(apiServer: ApiServer, count: number): Promise<void> {
  await inParallel(count, atATime, async (index) => {
    const { namespace, name } = referenceOf(index)
    const path = `${collection('s3auditwebhooks', index)}/${name}/status?fieldManager=s3-audit-operator&force=true`
    const body = {
      apiVersion: 's3audit.dev/v1alpha1',
      kind: 'S3AuditWebhook',
      metadata: { namespace, name },
      status: webhookStatus(index),
    }
    const answer = await apiServer.send('PATCH', path, body, { contentType: 'application/apply-patch+yaml' })
    if (answer.status !== 200) throw new Error(`PATCH ${path}: ${JSON.stringify(answer.body)}`)
  })
}

function collection(plural: string, index: number): string {
  return `/apis/s3audit.dev/v1alpha1/namespaces/${referenceOf(index).namespace}/${plural}`
}

async function create(apiServer: ApiServer, path: string, object: object): Promise<void> {
  const { status, body } = await apiServer.send('POST', path, object)
  if (status !== 201) throw new Error(`POST ${path}: ${JSON.stringify(body)}`)
}
