import { clusterFinalizer, webhookFinalizer } from '../../../src/api/annotations.ts'
import { parseConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { runUninstall } from '../../../src/run-uninstall.ts'
import type { ControlPlane } from '../../control-plane/control-plane.ts'
import type { OperatorInstallation } from '../../support/operator-installation.ts'
import type { Life } from './permission-life.ts'
import type { World } from './world.ts'

/** What is left of an end. */
export interface End extends Pick<Life, 'requests'> {
  /** By name of the resource. */
  readonly finalizers: Readonly<Record<string, readonly string[]>>
  /** Of both runs of the command. */
  readonly codes: readonly number[]
}

/**
 * What the Job of the chart does before the operator is removed, with the Job's rights: once as replicas left their Lease, and once where
 * there never was one.
 */
export async function uninstallWith(options: {
  readonly controlPlane: ControlPlane
  readonly installation: OperatorInstallation
  /** They have none of our resources. */
  readonly worlds: readonly World[]
}): Promise<End> {
  const { controlPlane, installation, worlds } = options
  const { uninstall } = installation
  if (uninstall === undefined) throw new Error('The chart renders no Job for the uninstallation')
  const { namespace, name } = uninstall.serviceAccount
  const kubeconfig = await controlPlane.serviceAccountKubeconfig(uninstall.serviceAccount)
  for (const world of worlds) await world.apply(...heldObjects(world))

  async function run(): Promise<number> {
    const parsed = parseConfig([...(uninstall?.args ?? []), '--kubeconfig', kubeconfig], {}, namespace)
    if (!('uninstall' in parsed)) throw new Error(`The arguments of the Job are wrong: ${JSON.stringify(parsed)}`)
    return await runUninstall({
      config: parsed.uninstall,
      clock: systemClock,
      random: Math.random,
      newId: () => 'an-id',
      write: () => undefined,
      writeError: () => undefined,
      signal: new AbortController().signal,
    })
  }

  const codes = [await run()]
  const lease = ['lease', 's3-audit-operator', `--namespace=${namespace}`]
  const { code, stderr } = await controlPlane.kubectl(['delete', ...lease])
  if (code !== 0) throw new Error(`The Lease could not be deleted: ${stderr}`)
  codes.push(await run())

  const seen = worlds.map(async (world) => {
    const found = { webhook: await world.webhook('held'), cluster: await world.cluster('held') }
    return Object.entries(found).map(([kind, { metadata }]) => [
      `${kind} in ${world.namespace}`,
      metadata.finalizers ?? [],
    ])
  })
  const user = `system:serviceaccount:${namespace}:${name}`
  return {
    codes,
    finalizers: Object.fromEntries((await Promise.all(seen)).flat()) as End['finalizers'],
    requests: async () => (await controlPlane.auditEvents()).filter((event) => event.user.username === user),
  }
}

/** Both kinds with our finalizers on them, as an operator leaves them that is gone. */
function heldObjects(world: World): readonly object[] {
  const held = (object: object, finalizer: string): object => ({
    ...object,
    metadata: { name: 'held', namespace: world.namespace, finalizers: [finalizer] },
  })
  const spec = { type: 'WEKA', credentialsSecretRef: { name: 'held' } }
  return [
    held(world.s3cluster('held', spec), clusterFinalizer),
    held(
      world.s3auditwebhook('held', {
        clusterRef: { name: 'held' },
        endpoint: 'https://splunk.example.com:8088/services/collector/raw',
        authTokenSecretRef: { name: 'held' },
      }),
      webhookFinalizer,
    ),
  ]
}
