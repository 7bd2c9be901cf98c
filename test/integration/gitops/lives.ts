import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { startHecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { startOperatorUnderTest } from '../operator/operator-under-test.ts'
import { clusterObjects, sitePassword, startSite, tokenObject, webhookObject, type Site } from '../operator/sites.ts'
import { createWorld, type World } from '../operator/world.ts'
import { isInForce, stages, type StageName } from './stages.ts'
import { watchVersions, type Version } from './watch-versions.ts'

const token = 'canary-token-6a41'
/** Where nobody answers. */
const nobody = '127.0.0.1:9'

export interface Lives {
  /** Every version of every resource, in the order in which the API server stored them, one kind after the other. */
  readonly versions: readonly Version[]
  /** The first version that was in each stage. */
  readonly stages: ReadonlyMap<StageName, Version>
  /** What differs from run to run in the versions, and what to read instead of it. */
  readonly names: readonly (readonly [string, string])[]
}

/**
 * Leads S3Clusters and S3AuditWebhooks through all stages of their lives, on the real API server under the real operator, and
 * keeps every version of them.
 */
export async function recordLives(controlPlane: ControlPlaneAccess): Promise<Lives> {
  await using stack = new AsyncDisposableStack()
  const hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token }] }))
  const leaving = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token }] }))
  const names = ['steady', 'outage', 'refused', 'disabled', 'observed', 'suspended']
  const sites = new Map<string, Site>()
  for (const name of names) sites.set(name, stack.use(await startSite(name)))
  const site = (name: string): Site => sites.get(name) ?? raise(name)
  // Of its own: wrong passwords lock the user out for others.
  const rejecting = stack.use(await startSite('rejected'))

  const world = await createWorld(controlPlane)
  // Nobody works in it: what is here stays as it was created.
  const idle = await createWorld(controlPlane)
  const watches = [
    stack.use(await watchVersions(controlPlane, idle.namespace, 's3clusters')),
    stack.use(await watchVersions(controlPlane, idle.namespace, 's3auditwebhooks')),
    stack.use(await watchVersions(controlPlane, world.namespace, 's3clusters')),
    stack.use(await watchVersions(controlPlane, world.namespace, 's3auditwebhooks')),
  ]
  const recorded = (): readonly Version[] => watches.flatMap(({ versions }) => versions)
  const reached = (name: StageName): Promise<Version> =>
    eventually(
      `the stage ${name}`,
      () => {
        const { kind, resource, is } = stages[name]
        const lives = recorded().filter((version) => version.kind === kind && version.metadata.name === resource)
        const found = lives.find(is)
        if (found === undefined) throw new Error(`its versions are ${lives.map(shortly).join('; ')}`)
        return found
      },
      60_000,
    )

  const inForce = (name: string): Promise<Version> =>
    eventually(
      `${name} in force`,
      () => recorded().find((version) => version.metadata.name === name && isInForce(version)),
      60_000,
    )

  const splunk = (name: string, spec: object = {}, target = hec): object => {
    const tls = { caCertificateRef: { kind: 'Secret', name: target === hec ? 'splunk-ca' : 'leaving-ca' } }
    // This clock makes answers look slow: only what takes longer than half of the time-out counts as slow.
    const probe = { periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 2, successThreshold: 1 }
    return webhookObject(world, { name }, target, { tls, probe, ...spec })
  }
  // Until the webhook has been looked at: its first pass must not find the answer there already.
  site('steady').weka.setKnobs({ latencyMilliseconds: 2_000 })
  site('observed').weka.setWebhookByHand({
    endpoint: hec.url('raw').href,
    authToken: `Splunk ${token}`,
    enabled: true,
  })
  await idle.apply(
    idle.s3cluster('created', { type: 'WEKA', credentialsSecretRef: { name: 'created-weka' } }),
    webhookObject(idle, { name: 'created' }, hec),
  )
  await world.apply(
    world.secret('splunk-ca', { 'ca.crt': hec.caPem }),
    world.secret('leaving-ca', { 'ca.crt': leaving.caPem }),
    ...names.flatMap((name) => clusterObjects(world, site(name))),
    ...names.map((name) => tokenObject(world, { name }, name === 'refused' ? 'unknown' : token)),
    ...brokenClusters(world, rejecting),
    splunk('steady'),
    splunk('outage', {}, leaving),
    splunk('refused'),
    splunk('disabled', { enabled: false }),
    splunk('observed', { managementPolicy: 'Observe' }),
    splunk('suspended', { suspend: true }),
  )
  stack.use(
    startOperatorUnderTest({
      kubeconfigPath: controlPlane.kubeconfigPath,
      clock: createFastClock(5),
      args: ['--namespace', world.namespace, '--deletion-timeout', '2m'],
    }),
  )
  stack.defer(async () => {
    await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=60s')
  })

  await reached('progressing_first_pass')
  site('steady').weka.setKnobs({ latencyMilliseconds: 0 })
  await Promise.all([reached('healthy_in_force'), inForce('outage'), reached('degraded_token_invalid')])
  await leaving.down()
  // Younger than that of the same cluster which is in force.
  await world.apply(splunk('second', { clusterRef: { name: 'steady' }, authTokenSecretRef: { name: 'steady-token' } }))
  await Promise.all([reached('progressing_target_away'), reached('degraded_conflict')])
  await world.apply(splunk('steady', { suspend: true }))
  await reached('suspended_in_force')
  await world.kubectl('delete', 's3auditwebhook/refused', 's3cluster/outage', '--wait=false')

  const found = new Map<StageName, Version>()
  for (const name of Object.keys(stages) as StageName[]) found.set(name, await reached(name))
  return {
    versions: recorded(),
    stages: found,
    names: [
      [hec.url('raw').host, 'splunk.example.com:8088'],
      [leaving.url('raw').host, 'splunk.example.com:8088'],
      ...[...sites.values(), rejecting].map(
        ({ relay }) => [new URL(relay.url).host, 'weka.example.com:14000'] as const,
      ),
      [nobody, 'weka.example.com:14000'],
      [world.namespace, 's3-audit'],
      [idle.namespace, 's3-audit'],
    ],
  }
}

/** S3Clusters with a password that the cluster refuses, and with an address where nobody answers. */
function brokenClusters(world: World, { relay }: Site): readonly object[] {
  const credentials = { username: 'operator', password: `not ${sitePassword}`, scheme: 'http' }
  return [
    world.secret('rejected-weka', { ...credentials, endpoints: new URL(relay.url).host }),
    world.s3cluster('rejected', { type: 'WEKA', credentialsSecretRef: { name: 'rejected-weka' } }),
    world.secret('unreachable-weka', { ...credentials, endpoints: nobody }),
    world.s3cluster('unreachable', { type: 'WEKA', credentialsSecretRef: { name: 'unreachable-weka' } }),
  ]
}

function shortly({ metadata, status }: Version): string {
  const conditions = (status.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`)
  return [`${status.observedGeneration} of ${metadata.generation}`, ...conditions].join(', ')
}

function raise(name: string): never {
  throw new Error(`There is no site ${name}`)
}
