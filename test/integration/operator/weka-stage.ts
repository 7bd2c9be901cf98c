import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { hecToken, wekaReferences, wekaUser, wekaWebhook } from './weka-resources.ts'
import { createWorld, type World } from './world.ts'

/** Twenty times as fast: the shortest probe period passes in half a second, the shortest drift check in three. */
const speed = 20

/** A WEKA cluster, a target, and the operator of one namespace in which nothing refers to them yet. */
export interface WekaStage extends AsyncDisposable {
  readonly world: World
  readonly weka: WekaSimulator
  readonly hec: HecSimulator
  readonly operator: OperatorUnderTest
  /** Credentials, token, CA and S3Cluster as a user would give them. */
  readonly references: () => readonly object[]
  /** A webhook with the shortest probe period, changed by `spec`. @param name @default audit */
  readonly webhook: (spec?: object, name?: string) => object
  /** Applies both; resolves when the webhook `audit` is in force. */
  readonly applied: (spec?: object) => Promise<void>
  /** Asks the operator to read the webhook `audit` back from the cluster now. */
  readonly requestReadBack: () => Promise<void>
}

/** On disposal the webhooks and clusters of the namespace are deleted while the operator still runs, and must go. */
export async function openWekaStage(controlPlane: ControlPlaneAccess): Promise<WekaStage> {
  await using stack = new AsyncDisposableStack()
  const weka = stack.use(
    await startWekaSimulator({ users: [wekaUser], backends: 2, knobs: { restartMilliseconds: 200 } }),
  )
  const hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token: hecToken }] }))
  const world = await createWorld(controlPlane)
  const operator = stack.use(
    startOperatorUnderTest({
      kubeconfigPath: controlPlane.kubeconfigPath,
      clock: createFastClock(speed),
      args: ['--namespace', world.namespace, '--deletion-timeout', '2m'],
    }),
  )
  stack.defer(async () => {
    await world.kubectl('delete', 's3auditwebhooks,s3clusters', '--all', '--timeout=30s')
  })
  const owned = stack.move()
  const references: WekaStage['references'] = () => wekaReferences(world, { weka, hec })
  const webhook: WekaStage['webhook'] = (spec = {}, name = 'audit') => wekaWebhook(world, hec, spec, name)
  return {
    world,
    weka,
    hec,
    operator,
    references,
    webhook,
    async applied(spec) {
      await world.apply(...references(), webhook(spec))
      await world.until('audit', 'Ready', { status: 'True', reason: 'InForce' })
    },
    async requestReadBack() {
      const annotation = `s3audit.dev/reconcile-requested-at=${performance.now()}`
      await world.kubectl('annotate', 's3auditwebhook', 'audit', '--overwrite', annotation)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
