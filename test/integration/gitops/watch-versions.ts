import { Agent, type Dispatcher, request } from 'undici'
import { z } from 'zod'

import { conditionList } from '../../../src/api/condition-types.ts'
import type { Condition } from '../../../src/api/conditions.ts'
import { group, version } from '../../../src/api/group.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { eventually } from '../../support/eventually.ts'

/** One stored version of a resource, with everything that the API server gives. */
export interface Version {
  readonly kind: 'S3Cluster' | 'S3AuditWebhook'
  readonly metadata: {
    readonly name: string
    readonly generation: number
    readonly deletionTimestamp?: string | undefined
  }
  readonly status: {
    readonly observedGeneration: number
    readonly conditions?: readonly Condition[] | undefined
    readonly lastTest?: unknown
  }
}

export interface WatchedVersions extends AsyncDisposable {
  /** What the API server stored since the watch began, oldest first; without what is gone. */
  readonly versions: readonly Version[]
}

const resource: z.ZodType<Version> = z.looseObject({
  kind: z.enum(['S3Cluster', 'S3AuditWebhook']),
  metadata: z.looseObject({ name: z.string(), generation: z.int(), deletionTimestamp: z.string().optional() }),
  status: z.looseObject({ observedGeneration: z.int(), conditions: conditionList.optional() }),
})
const event = z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: resource })

/** Follows the resources of one kind in a namespace. Nothing is missed between two looks, as it would be by asking. */
export async function watchVersions(
  controlPlane: Pick<ControlPlaneAccess, 'server' | 'caPem' | 'adminToken'>,
  namespace: string,
  plural: 's3clusters' | 's3auditwebhooks',
): Promise<WatchedVersions> {
  const dispatcher = new Agent({ connect: { ca: controlPlane.caPem }, bodyTimeout: 0 })
  const stop = new AbortController()
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}?watch=true`
  const watch = async (): Promise<Dispatcher.ResponseData['body']> => {
    const headers = { authorization: `Bearer ${controlPlane.adminToken}` }
    const answer = await request(`${controlPlane.server}${path}`, { dispatcher, headers, signal: stop.signal })
    if (answer.statusCode === 200) return answer.body
    throw new Error(`${path} answered ${answer.statusCode}: ${await answer.body.text()}`)
  }
  // Right after the definitions were installed it can say that it is not ready for them.
  const body = await eventually(`a watch of ${plural}`, watch)
  const versions: Version[] = []
  const reading = (async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const { type, object } = event.parse(JSON.parse(line))
        if (type !== 'DELETED') versions.push(object)
      }
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  return {
    versions,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await reading
      await dispatcher.destroy()
    },
  }
}
