import { randomUUID } from 'node:crypto'

import type { Clock } from '../../../src/kube/clock.ts'

export type WekaRole = 'ClusterAdmin' | 'TenantAdmin' | 'OrgAdmin' | 'ReadOnly' | 'Regular' | 'S3' | 'CSI'

export interface WekaUser {
  readonly username: string
  readonly password: string
  readonly org: string
  readonly role: WekaRole
}

export interface WekaContainer {
  readonly uid: string
  readonly hostId: string
  readonly hostname: string
  readonly ip: string
  /** Monotonic time from which on the container serves. */
  readyAt: number
}

export interface WekaEvent {
  readonly type: string
  readonly category: string
  readonly severity: 'INFO' | 'WARNING' | 'MINOR' | 'MAJOR' | 'CRITICAL'
  readonly timestamp: string
  readonly entity: string
  readonly description: string
  readonly params: Readonly<Record<string, string>>
  readonly nid: string
  readonly org_id: number
}

export interface WekaAlert {
  readonly type: string
  readonly severity: WekaEvent['severity']
  readonly title: string
  readonly description: string
}

export interface WekaWebhook {
  endpoint: string
  authToken: string
  enabled: boolean
}

/** What all backends of the simulated cluster share. */
export interface WekaState {
  readonly users: Map<string, WekaUser>
  readonly lockout: { threshold: number; durationMilliseconds: number }
  readonly tokenLifetime: { accessSeconds: number; refreshSeconds: number; maximumSeconds: number }
  readonly cluster: { name: string; guid: string; release: string; status: string }
  /** Calls of the S3 API by minutes since the epoch, of a day at most. */
  readonly s3: { exists: boolean; containers: WekaContainer[]; operationsByMinute: Map<number, number> }
  readonly audit: WekaWebhook
  readonly events: WekaEvent[]
  readonly alerts: WekaAlert[]
}

export interface WekaStateOptions {
  readonly users: readonly WekaUser[]
  readonly clusterName: string
  readonly release: string
  readonly servers: number
  readonly freshEnabled: boolean
}

/** Events kept; the oldest go first. */
const maximumEvents = 5_000

export function createWekaState(options: WekaStateOptions): WekaState {
  return {
    users: new Map(options.users.map((user) => [user.username, user])),
    lockout: { threshold: 5, durationMilliseconds: 120_000 },
    tokenLifetime: { accessSeconds: 300, refreshSeconds: 2_592_000, maximumSeconds: 31_536_000 },
    cluster: { name: options.clusterName, guid: randomUUID(), release: options.release, status: 'OK' },
    s3: {
      exists: true,
      containers: Array.from({ length: options.servers }, (_, index) => ({
        uid: randomUUID(),
        hostId: `HostId<${index}>`,
        hostname: `s3-${index}.weka.example`,
        ip: `192.0.2.${index + 1}`,
        readyAt: 0,
      })),
      operationsByMinute: new Map(),
    },
    audit: freshWebhook(options.freshEnabled),
    events: [],
    alerts: [
      {
        type: 'SystemDefinedTLS',
        severity: 'WARNING',
        title: 'The cluster uses a self-signed certificate',
        description: 'Replace the certificate that the cluster made for itself.',
      },
    ],
  }
}

/** A new S3 cluster has its webhook enabled by default, with nothing configured. */
export function freshWebhook(enabled: boolean): WekaWebhook {
  return { endpoint: '', authToken: '', enabled }
}

export function recordEvent(
  state: WekaState,
  clock: Clock,
  event: Pick<WekaEvent, 'type' | 'category' | 'description'> & { readonly params?: Readonly<Record<string, string>> },
): void {
  const { type, category, description, params = {} } = event
  const timestamp = new Date(clock.now()).toISOString()
  state.events.push({
    type,
    category,
    severity: 'INFO',
    timestamp,
    entity: 'cluster',
    description,
    params,
    nid: 'NodeId<0>',
    org_id: 0,
  })
  if (state.events.length > maximumEvents) state.events.shift()
}
