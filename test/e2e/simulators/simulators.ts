import { createHash } from 'node:crypto'

import { z } from 'zod'

import { createCertificateAuthority } from '../../support/certificates.ts'
import type { Stage } from '../stage.ts'
import {
  hecObjects,
  minioKeys,
  minioObjects,
  namespaceObject,
  serviceObject,
  simulatorNamespace,
  wekaObjects,
  wekaPassword,
} from './manifests.ts'

/** A WEKA cluster, a HTTP Event Collector, and a real MinIO as pods of the cluster, reached by the addresses of their Services. */
export interface Simulators {
  readonly weka: {
    readonly endpoints: readonly string[]
    readonly caPem: string
    readonly password: string
    webhook(): Promise<{ readonly enabled: boolean; readonly endpoint: string; readonly tokenSha256: string | null }>
    /** Times that the webhook was set. */
    enables(): Promise<number>
    /** Requests that WEKA's API does not have. */
    violations(): Promise<number>
    command(name: string, body: object): Promise<void>
  }
  readonly minio: {
    readonly endpoint: string
    readonly accessKey: string
    readonly secretKey: string
    /** Calls of S3 that nobody may make; each has its audit event. */
    requests(count: number): Promise<void>
    /** Runs MinIO's client with the alias `local`, and returns what it prints. @throws {Error} when it fails */
    mc(...args: readonly string[]): Promise<string>
  }
  readonly hec: {
    readonly endpoint: string
    readonly caPem: string
    /** Test events that it took since it was last started. */
    probes(): Promise<number>
    /** Every event it took since then, as JSON. */
    events(): Promise<string>
    command(name: string, body: object): Promise<void>
    /** Takes its pod away, or gives it back, which resolves when it serves. */
    setRunning(running: boolean): Promise<void>
  }
}

export const tokens = {
  first: 'b5a7c0de-0000-4000-8000-000000000001',
  second: 'b5a7c0de-0000-4000-8000-000000000002',
  minio: 'b5a7c0de-0000-4000-8000-000000000003',
} as const

const wekaState = z.object({
  webhook: z.object({ enabled: z.boolean(), endpoint: z.string(), tokenSha256: z.string().nullable() }),
  counters: z.object({ enables: z.int() }),
  violations: z.int(),
})
const hecState = z.object({ requests: z.object({ byKind: z.object({ probe: z.int().default(0) }) }) })

/** What WEKA shows of a token in place of it. */
export function tokenSum(token: string): string {
  return createHash('sha256').update(`Splunk ${token}`).digest('hex')
}

/** Starts all and waits until they serve. @param proxyUrl of the API server, without authentication */
export async function startSimulators(stage: Stage, proxyUrl: string): Promise<Simulators> {
  const { narrator } = stage
  await stage.apply(namespaceObject, serviceObject('hec'), serviceObject('minio'), serviceObject('weka'))
  const hecAddress = await clusterIp(stage, 'hec')
  const minioAddress = await clusterIp(stage, 'minio')
  const wekaAddress = await clusterIp(stage, 'weka')
  const authority = createCertificateAuthority({ commonName: 'e2e Splunk CA' })
  const hecCertificate = authority.issue({ commonName: 'hec', ipAddresses: [hecAddress] })
  await stage.apply(
    ...hecObjects({ certificate: hecCertificate, tokens: [tokens.first, tokens.minio] }),
    ...minioObjects({ targetCaPem: authority.certPem }),
    ...wekaObjects({ address: wekaAddress, targetCaPem: authority.certPem }),
  )
  const rollout = (name: string): Promise<string> =>
    narrator.quiet(['rollout', 'status', `deployment/${name}`, '--namespace', simulatorNamespace, '--timeout=60s'])
  await rollout('hec')
  await rollout('minio')
  await rollout('weka')

  const services = `${proxyUrl}/api/v1/namespaces/${simulatorNamespace}/services`
  const control = async (service: string, path: string, body?: object): Promise<string> => {
    const url = `${services}/${service}/proxy/_sim/${path}`
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${service} answered ${response.status} to ${path}: ${text}`)
    return text
  }
  const weka = (path: string, body?: object): Promise<string> => control('http:weka:control', path, body)
  const hec = (path: string, body?: object): Promise<string> => control('https:hec:collector', path, body)
  const readWeka = async () => wekaState.parse(JSON.parse(await weka('state')))
  return {
    weka: {
      endpoints: [14000, 14001, 14002].map((port) => `https://${wekaAddress}:${port}`),
      caPem: await weka('ca'),
      password: wekaPassword,
      webhook: async () => (await readWeka()).webhook,
      enables: async () => (await readWeka()).counters.enables,
      violations: async () => (await readWeka()).violations,
      command: async (name, body) => void (await weka(name, body)),
    },
    minio: {
      endpoint: `http://${minioAddress}:9000`,
      ...minioKeys,
      async requests(count) {
        const url = `${services}/http:minio:s3/proxy/e2e/secret`
        for (let left = count; left > 0; left--) {
          const response = await fetch(url, { signal: AbortSignal.timeout(20_000) })
          await response.arrayBuffer()
          if (response.status >= 500) throw new Error(`MinIO answered ${response.status}`)
        }
      },
      async mc(...args) {
        return narrator.quiet(['exec', 'deployment/minio', '--namespace', simulatorNamespace, '--', '/mc', ...args])
      },
    },
    hec: {
      endpoint: `https://${hecAddress}:8088/services/collector/raw`,
      caPem: authority.certPem,
      probes: async () => hecState.parse(JSON.parse(await hec('state'))).requests.byKind.probe,
      events: () => hec('events'),
      command: async (name, body) => void (await hec(name, body)),
      async setRunning(running) {
        const replicas = running ? 1 : 0
        await narrator.quiet(['scale', 'deployment/hec', '--namespace', simulatorNamespace, `--replicas=${replicas}`])
        const gone = ['wait', 'pod', '--for=delete', '--selector=app=hec', '--namespace', simulatorNamespace]
        await (running ? rollout('hec') : narrator.quiet([...gone, '--timeout=60s']))
      },
    },
  }
}

async function clusterIp(stage: Stage, service: string): Promise<string> {
  const found = z
    .object({ spec: z.object({ clusterIP: z.string() }) })
    .parse(await stage.read('get', 'service', service, '--namespace', simulatorNamespace))
  return found.spec.clusterIP
}
