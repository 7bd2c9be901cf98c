import type { Clock } from '../../../src/kube/clock.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { startWekaSimulator, type WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { hecToken, wekaReferences, wekaUser, wekaWebhook } from './weka-resources.ts'
import { createWorld, type World } from './world.ts'

/** Twenty times as fast: the shortest probe period passes in half a second, the shortest drift check in three. */
const defaultSpeed = 20

/** A WEKA cluster, a target, and the operator of one namespace in which nothing refers to them yet. */
export interface WekaStage extends AsyncDisposable {
  readonly world: World
  readonly weka: WekaSimulator
  readonly hec: HecSimulator
  /** The one that runs now. */
  readonly operator: OperatorUnderTest
  /** Of every operator of this stage. */
  readonly clock: Clock
  /** Credentials, token, CA and S3Cluster as a user would give them. */
  readonly references: () => readonly object[]
  /** A webhook with the shortest probe period, changed by `spec`. @param name @default audit */
  readonly webhook: (spec?: object, name?: string) => object
  /** Applies both; resolves when the webhook `audit` is in force. */
  readonly applied: (spec?: object) => Promise<void>
  /** Asks the operator to read the webhook `audit` back from the cluster now. */
  readonly requestReadBack: () => Promise<void>
  /** Stops the operator and starts another one, which knows what Kubernetes and the cluster tell it. */
  readonly restartOperator: () => Promise<void>
}

/**
 * On disposal the webhooks and clusters of the namespace are deleted while the operator still runs, and must go.
 * @param options `speed`: of the operator's clock, times that of the machine. What takes time for real weighs as much more there.
 * `atWork`: its speed while the process works, see `createFastClock`.
 */
export async function openWekaStage(
  controlPlane: ControlPlaneAccess,
  { speed = defaultSpeed, ...pace }: { readonly speed?: number; readonly atWork?: number } = {},
): Promise<WekaStage> {
  await using stack = new AsyncDisposableStack()
  const weka = stack.use(
    await startWekaSimulator({ users: [wekaUser], backends: 2, knobs: { restartMilliseconds: 200 } }),
  )
  const hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [{ token: hecToken }] }))
  const world = await createWorld(controlPlane)
  const clock = createFastClock(speed, pace)
  const start = (): OperatorUnderTest =>
    startOperatorUnderTest({
      kubeconfigPath: controlPlane.kubeconfigPath,
      clock,
      args: ['--namespace', world.namespace, '--deletion-timeout', '2m'],
    })
  let operator = start()
  stack.defer(() => operator[Symbol.asyncDispose]())
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
    get operator() {
      return operator
    },
    clock,
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
    async restartOperator() {
      await operator[Symbol.asyncDispose]()
      operator = start()
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
