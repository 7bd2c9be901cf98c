import { systemClock } from '../../../src/kube/clock.ts'
import type { ApiAuditEvent } from '../../control-plane/audit-log.ts'
import type { ControlPlane } from '../../control-plane/control-plane.ts'
import type { HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import type { OperatorInstallation } from '../../support/operator-installation.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { clusterObjects, startSite, tokenObject, webhookObject, type Site } from './sites.ts'
import type { World } from './world.ts'

/** What is left of a life. */
export interface Life {
  /** What it asked of the API server. A watch is told when it has ended, which is a moment after the operator has. */
  requests(): Promise<readonly ApiAuditEvent[]>
  /** Of both replicas. */
  readonly log: string
}

export interface LifeOptions {
  readonly controlPlane: ControlPlane
  readonly installation: OperatorInstallation
  /** The target, which knows no token yet. */
  readonly hec: HecSimulator
  /** They exist, and the operator is installed for them. */
  readonly worlds: readonly [World, World]
  /** The second namespace is deleted with all that is in it, not the webhook alone. */
  readonly namespaceGoes: boolean
  /** A rotated Secret is seen by itself. */
  readonly secretsAreWatched: boolean
}

/** A wait that holds on a machine with other things to do. */
const patienceMilliseconds = 60_000

/**
 * Two replicas with nothing but the rights of the installation do all that an operator does: put a webhook in force in each of two
 * namespaces, tell of it, follow a rotated token, hand over, clean up, release the lease.
 */
export async function liveThrough(options: LifeOptions): Promise<Life> {
  const { controlPlane, installation, hec, worlds } = options
  const { namespace, name } = installation.serviceAccount
  await using stack = new AsyncDisposableStack()
  const sites = await Promise.all(worlds.map(async () => stack.use(await startSite('weka'))))
  const [first, second] = [pair(worlds[0], sites[0]), pair(worlds[1], sites[1])]
  const kubeconfigPath = await controlPlane.serviceAccountKubeconfig(installation.serviceAccount)
  const start = (): OperatorUnderTest =>
    stack.use(
      startOperatorUnderTest({
        kubeconfigPath,
        clock: systemClock,
        args: [...installation.args, '--leader-elect', `--leader-election-namespace=${namespace}`],
      }),
    )

  for (const { world } of [first, second]) hec.addToken({ token: tokenOf(world, 0) })
  await first.world.apply(...[first, second].flatMap((scene) => objectsOf(scene, hec)))
  const leader = start()
  await Promise.all([first, second].map(({ world }) => untilInForce(world)))
  const follower = start()
  await logged(follower, 'Holder of the lease seen')
  await rotate(first, options)
  await eventually('the Event', async () =>
    (await first.world.events('weka')).includes('WebhookApplied') ? true : undefined,
  )

  await leader[Symbol.asyncDispose]()
  await logged(leader, 'Lease released')
  await logged(follower, '"msg":"Leading"')
  const kinds = 's3auditwebhooks,s3clusters'
  const cleaned = [first.world.kubectl('delete', kinds, '--all', '--timeout=60s')]
  if (options.namespaceGoes) {
    await first.world.kubectl('delete', 'namespace', second.world.namespace, '--wait=false')
    cleaned.push(second.world.kubectl('wait', '--for=delete', kinds, '--all', '--timeout=60s'))
  } else cleaned.push(second.world.kubectl('delete', kinds, '--all', '--timeout=60s'))
  await Promise.all(cleaned)
  for (const { site } of [first, second]) {
    if (site.weka.webhook().enabled) throw new Error('A webhook is in force though its resource is gone')
  }
  await follower[Symbol.asyncDispose]()

  const user = `system:serviceaccount:${namespace}:${name}`
  return {
    requests: async () => (await controlPlane.auditEvents()).filter((event) => event.user.username === user),
    log: leader.log() + follower.log(),
  }
}

interface Scene {
  readonly world: World
  readonly site: Site
}

function pair(world: World, site: Site | undefined): Scene {
  if (site === undefined) throw new RangeError('There is a site for each world')
  return { world, site }
}

/** A WEKA cluster with a webhook whose CA is in a ConfigMap, and a MinIO that nobody answers for: it is named all the same. */
function objectsOf({ world, site }: Scene, hec: HecSimulator): readonly object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ca', namespace: world.namespace },
      data: { 'ca.crt': hec.caPem },
    },
    tokenObject(world, site, tokenOf(world, 0)),
    ...clusterObjects(world, site),
    webhookObject(world, site, hec, { tls: { caCertificateRef: { kind: 'ConfigMap', name: 'ca' } } }),
    world.secret('minio', { accessKey: 'a', secretKey: 'canary-secret' }),
    world.s3cluster('minio', {
      type: 'MinIO',
      // Refused by the address guard.
      endpoints: ['http://169.254.169.254:9000'],
      credentialsSecretRef: { name: 'minio' },
    }),
  ]
}

async function untilInForce(world: World): Promise<void> {
  await world.until('weka', 'Ready', { status: 'True', reason: 'InForce' }, patienceMilliseconds)
  await eventually(
    'a verdict on MinIO',
    async () => ((await world.cluster('minio')).status?.conditions ?? [])[0],
    patienceMilliseconds,
  )
}

async function rotate({ world, site }: Scene, { hec, secretsAreWatched }: LifeOptions): Promise<void> {
  const token = tokenOf(world, 1)
  hec.addToken({ token })
  await world.apply(tokenObject(world, site, token))
  if (!secretsAreWatched) {
    await world.kubectl('annotate', 's3auditwebhook', 'weka', 's3audit.dev/reconcile-requested-at=now')
  }
  const inForce = (): true | undefined => site.weka.webhook().authToken === `Splunk ${token}` || undefined
  await eventually('the new token in force', inForce, patienceMilliseconds)
}

async function logged(operator: OperatorUnderTest, text: string): Promise<void> {
  await eventually(`'${text}' in the log`, () => operator.log().includes(text) || undefined, patienceMilliseconds)
}

function tokenOf({ namespace }: World, number: number): string {
  return `canary-${namespace}-${number}`
}
