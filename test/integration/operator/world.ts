import { randomBytes } from 'node:crypto'

import { findCondition, type Condition } from '../../../src/api/conditions.ts'
import type { S3AuditWebhookStatus } from '../../../src/api/s3-audit-webhook-status.ts'
import type { S3ClusterStatus } from '../../../src/api/s3-cluster.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { eventually } from '../../support/eventually.ts'

const apiVersion = 's3audit.dev/v1alpha1'

export interface Seen<Status> {
  readonly metadata: {
    readonly resourceVersion: string
    /** RFC 3339, whole seconds. */
    readonly creationTimestamp: string
    readonly generation: number
    readonly finalizers?: readonly string[]
  }
  readonly status?: Status
}

type Access = Pick<ControlPlaneAccess, 'kubectl' | 'apply' | 'read'>

/** One namespace of a control plane, changed as users do: by GitOps and with kubectl. */
export interface World {
  readonly namespace: string
  /** One after another. */
  apply(...objects: readonly object[]): Promise<void>
  kubectl(...args: readonly string[]): Promise<string>
  cluster(name: string): Promise<Seen<S3ClusterStatus>>
  webhook(name: string): Promise<Seen<S3AuditWebhookStatus>>
  /** Waits for a condition of a webhook, with all that is to be said in its message. */
  until(
    name: string,
    type: string,
    want: Partial<Pick<Condition, 'status' | 'reason'>> & { readonly says?: readonly string[] },
    timeoutMilliseconds?: number,
  ): Promise<Condition>
  /** Reasons of the Events about `name`, in the order they were made. */
  events(name: string): Promise<readonly string[]>
  secret(name: string, stringData: Record<string, string>): object
  s3cluster(name: string, spec: object): object
  s3auditwebhook(name: string, spec: object): object
}

export async function createWorld(controlPlane: Access): Promise<World> {
  const world = planWorld(controlPlane)
  await world.apply(world.namespaceObject)
  return world
}

/** A world whose namespace does not exist yet: it is to be applied with the first objects, many worlds at a time. */
export function planWorld(controlPlane: Access): World & { readonly namespaceObject: object } {
  const namespace = `t-${randomBytes(4).toString('hex')}`

  async function run(args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await controlPlane.kubectl(args)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
    return stdout
  }
  const get = async <T>(plural: string, name: string): Promise<T> =>
    (await controlPlane.read(`/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`)) as T
  const object = (kind: string, version: string, name: string, rest: object): object => ({
    apiVersion: version,
    kind,
    metadata: { name, namespace },
    ...rest,
  })

  return {
    namespace,
    namespaceObject: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    async apply(...objects) {
      for (const each of objects) await controlPlane.apply(each)
    },
    kubectl: (...args) => run([...args, '-n', namespace]),
    cluster: (name) => get('s3clusters', name),
    webhook: (name) => get('s3auditwebhooks', name),
    until(name, type, want, timeoutMilliseconds = 20_000) {
      const look = async (): Promise<Condition> => {
        const { status } = await get<Seen<S3AuditWebhookStatus>>('s3auditwebhooks', name)
        const condition = findCondition(status?.conditions ?? [], type)
        const holds =
          (want.status === undefined || condition?.status === want.status) &&
          (want.reason === undefined || condition?.reason === want.reason) &&
          (want.says ?? []).every((text) => condition?.message.includes(text) === true)
        if (condition !== undefined && holds) return condition
        throw new Error(`is ${JSON.stringify(condition)}`)
      }
      return eventually(`${name}: ${type} ${JSON.stringify(want)}`, look, timeoutMilliseconds)
    },
    async events(name) {
      const list = (await controlPlane.read(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`)) as {
        items: { eventTime: string; reason: string; regarding: { name: string } }[]
      }
      return list.items
        .filter((event) => event.regarding.name === name)
        .sort((a, b) => (a.eventTime < b.eventTime ? -1 : 1))
        .map((event) => event.reason)
    },
    secret: (name, stringData) => object('Secret', 'v1', name, { stringData }),
    s3cluster: (name, spec) => object('S3Cluster', apiVersion, name, { spec }),
    s3auditwebhook: (name, spec) => object('S3AuditWebhook', apiVersion, name, { spec }),
  }
}
