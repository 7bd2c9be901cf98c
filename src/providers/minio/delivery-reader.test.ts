import { describe, expect, test } from 'vitest'

import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { ProviderError } from '../provider-error.ts'
import type { AdminClient } from './admin-client.ts'
import { createDeliveryReader, type DeliveryReader } from './delivery-reader.ts'

const signal = new AbortController().signal
const subject = { targetName: 't', capacityEvents: 500 }

/** Figures of a node, as they stand in metrics: failed, queue, total. */
type Counters = readonly [failed: number, queued: number, total: number]

/** What the servers tell: the cluster metrics by node, and what each endpoint's own node says. */
interface Servers {
  cluster: Readonly<Record<string, { readonly online: boolean; readonly counters: Counters }>>
  /** By endpoint; one that is missing does not answer. */
  nodes: Readonly<Record<string, { readonly node: string; readonly counters: Counters; readonly status?: string }>>
  infos: number
}

function series(prefix: string, server: string, [failed, queued, total]: Counters): string {
  const labels = `{name="audit-t",endpoint="http://h",server="${server}"}`
  return [`failed_messages${labels} ${failed}`, `queue_length${labels} ${queued}`, `total_messages${labels} ${total}`]
    .map((line) => `${prefix}${line}`)
    .join('\n')
}

function openReader(servers: Servers, hosts: readonly string[]) {
  const clock = createFakeClock()
  const away = new ProviderError('ClusterUnreachable', 'away')
  const at = (endpoint: URL | undefined) => {
    const node = servers.nodes[endpoint?.host ?? '']
    if (node === undefined) throw away
    return node
  }
  const client: Pick<AdminClient, 'metrics' | 'callJson'> = {
    async metrics(path, _signal, endpoint) {
      if (path.endsWith('/cluster')) {
        const online = (server: string, value: boolean): string =>
          `minio_cluster_webhook_online{name="audit-t",server="${server}"} ${value ? 1 : 0}`
        return Object.entries(servers.cluster)
          .map(
            ([server, row]) =>
              `${online(server, row.online)}\n${series('minio_cluster_webhook_', server, row.counters)}`,
          )
          .join('\n')
      }
      const { node, counters } = at(endpoint)
      return series('minio_logger_webhook_', node, counters)
    },
    async callJson(call, schema) {
      const { status } = at(call.endpoint)
      servers.infos++
      const audit = status === undefined ? [] : [{ 'audit-other': { status: 'offline' } }, { 'audit-t': { status } }]
      return schema.parse({ services: { audit } })
    },
  }
  const endpoints = hosts.map((host) => new URL(`http://${host}`))
  return { clock, reader: createDeliveryReader({ client, endpoints, clock }) }
}

const read = (reader: DeliveryReader, options: { fresh?: boolean; provoke?: boolean } = {}) =>
  reader.read(subject, { signal, ...options })

const row = (node: string, online: boolean, [failedAttempts, queuedEvents, handledMessages]: Counters) => ({
  node,
  online,
  failedAttempts,
  queuedEvents,
  handledMessages,
  capacityEvents: 500,
})

describe('figures', () => {
  test('of the cluster metrics are ten seconds old at most, and cost no further call', async () => {
    const servers: Servers = { cluster: { 'n1:9000': { online: true, counters: [0, 3, 20] } }, nodes: {}, infos: 0 }
    const { reader } = openReader(servers, ['n1:9000'])
    const nodes = [row('n1:9000', true, [0, 3, 20])]
    expect(await read(reader)).toEqual({ nodes, maximumAgeMilliseconds: 10_000 })
    expect(servers.infos).toBe(0)
  })

  test('of a node itself stand over those of the cluster until these cannot be older', async () => {
    const servers: Servers = {
      cluster: { 'n1:9000': { online: true, counters: [0, 0, 20] } },
      nodes: { 'n1:9000': { node: 'n1:9000', counters: [2, 7, 31], status: 'offline' } },
      infos: 0,
    }
    const { clock, reader } = openReader(servers, ['n1:9000'])
    const fresh = [row('n1:9000', false, [2, 7, 31])]
    expect(await read(reader, { fresh: true, provoke: true })).toEqual({ nodes: fresh })
    await clock.advance(9_000)
    expect(await read(reader)).toEqual({ nodes: fresh, maximumAgeMilliseconds: 10_000 })
    servers.cluster = { 'n1:9000': { online: false, counters: [4, 9, 33] } }
    await clock.advance(2_000)
    expect((await read(reader)).nodes).toEqual([row('n1:9000', false, [4, 9, 33])])
  })

  test('without provoking make no audited call', async () => {
    const servers: Servers = {
      cluster: { 'n1:9000': { online: true, counters: [0, 0, 20] } },
      nodes: { 'n1:9000': { node: 'n1:9000', counters: [0, 7, 31], status: 'offline' } },
      infos: 0,
    }
    const { reader } = openReader(servers, ['n1:9000'])
    expect(await read(reader, { fresh: true })).toEqual({ nodes: [row('n1:9000', true, [0, 7, 31])] })
    expect(servers.infos).toBe(0)
  })

  test('of a node that does not answer are those of the cluster', async () => {
    const servers: Servers = {
      cluster: {
        'n1:9000': { online: true, counters: [0, 0, 20] },
        'n2:9000': { online: true, counters: [0, 5, 40] },
      },
      nodes: { 'n1:9000': { node: 'n1:9000', counters: [0, 0, 22], status: 'online' } },
      infos: 0,
    }
    const { reader } = openReader(servers, ['n1:9000', 'n2:9000'])
    expect(await read(reader, { fresh: true, provoke: true })).toEqual({
      nodes: [row('n1:9000', true, [0, 0, 22]), row('n2:9000', true, [0, 5, 40])],
      maximumAgeMilliseconds: 10_000,
    })
  })

  test('behind a load balancer are of whichever node answered, and what another node says of itself is not its own', async () => {
    const servers: Servers = {
      cluster: {
        'n1:9000': { online: true, counters: [0, 0, 20] },
        'n2:9000': { online: true, counters: [0, 5, 40] },
      },
      nodes: { 's3.example.com': { node: 'n2:9000', counters: [1, 6, 44], status: 'offline' } },
      infos: 0,
    }
    const { reader } = openReader(servers, ['s3.example.com'])
    expect((await read(reader, { fresh: true, provoke: true })).nodes).toEqual([
      row('n1:9000', true, [0, 0, 20]),
      row('n2:9000', true, [1, 6, 44]),
    ])
  })

  test('from before a change count no more, but what waits still waits', async () => {
    const servers: Servers = {
      cluster: {
        'n1:9000': { online: true, counters: [3, 8, 500] },
        'n2:9000': { online: true, counters: [0, 5, 400] },
      },
      nodes: { 'n1:9000': { node: 'n1:9000', counters: [0, 0, 2], status: 'online' } },
      infos: 0,
    }
    const { clock, reader } = openReader(servers, ['n1:9000', 'n2:9000'])
    reader.changed()
    await clock.advance(1_000)
    expect((await read(reader)).nodes).toEqual([row('n1:9000', true, [0, 0, 2]), row('n2:9000', false, [0, 5, 0])])
    servers.cluster = { 'n2:9000': { online: true, counters: [0, 0, 4] } }
    await clock.advance(10_000)
    expect((await read(reader)).nodes).toEqual([row('n2:9000', true, [0, 0, 4])])
  })

  test('that an older server does not have are told as not reported, and missing ones right after a change are not', async () => {
    const { clock, reader } = openReader({ cluster: {}, nodes: {}, infos: 0 }, ['n1:9000'])
    expect(await read(reader, { fresh: true })).toEqual({ nodes: [], notReported: true })
    reader.changed()
    expect(await read(reader)).toEqual({ nodes: [] })
    await clock.advance(10_000)
    expect(await read(reader)).toEqual({ nodes: [], notReported: true })
  })
})
