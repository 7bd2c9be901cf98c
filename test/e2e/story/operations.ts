import type { Simulators } from '../simulators/simulators.ts'
import type { Stage } from '../stage.ts'
import { type Installation, leaderIdentity, leaderPod, operatorPods, untilRolledOut } from './installation.ts'
import { measureStart } from './measure-start.ts'
import { repairChangeByHand, untilReady } from './resources.ts'

const wantedStartSeconds = 2

/** What platform teams do to the operator: pods are replaced, upgraded and killed, while the webhook stays as it is. */
export async function walkOperations(
  stage: Stage,
  { installation, simulators, proxyUrl }: { installation: Installation; simulators: Simulators; proxyUrl: string },
): Promise<void> {
  const { step, say, check, eventually, kubectl, quiet } = stage.narrator
  const { namespace, release } = installation
  const { weka } = simulators

  step('A pod is ready soon after its start')
  const seconds: number[] = []
  for (let round = 0; round < 2; round++) {
    const leader = await leaderPod(stage, installation)
    const before = await operatorPods(stage, installation)
    const waiting = before.find(({ name }) => name !== leader)
    if (waiting === undefined) throw new Error('There is no pod that waits for its turn')
    await quiet(['delete', 'pod', waiting.name, '--namespace', namespace, '--wait=false'])
    const known = new Set(before.map(({ name }) => name))
    const fresh = await eventually('a new pod takes its place', async () =>
      (await operatorPods(stage, installation)).find(({ name }) => !known.has(name)),
    )
    seconds.push(await measureStart(stage, { namespace, pod: fresh.name, proxyUrl }))
    await untilRolledOut(stage, installation)
  }
  say(`From the start of the process to ready: ${seconds.map((value) => `${value.toFixed(2)} s`).join(', ')}`)
  // The better one: what another load of the machine adds is not the operator's.
  check(`it takes less than ${wantedStartSeconds} s`, Math.min(...seconds) < wantedStartSeconds)

  step('An upgrade replaces the pods and changes nothing on the cluster')
  const enables = await weka.enables()
  const pods = new Set((await operatorPods(stage, installation)).map(({ name }) => name))
  const upgrade = `helm upgrade ${release} charts/s3-audit-operator --namespace ${namespace} --reuse-values --set logLevel=debug`
  await stage.shell(upgrade)
  await untilRolledOut(stage, installation)
  await eventually('both pods are new', async () => {
    const now = await operatorPods(stage, installation)
    return now.length === 2 && now.every(({ name, ready }) => ready && !pods.has(name)) ? true : undefined
  })
  await eventually('one of them leads', async () => {
    const leader = await leaderPod(stage, installation)
    return leader !== undefined && !pods.has(leader) ? true : undefined
  })
  await untilReady(stage)
  check('the WEKA cluster was told nothing', (await weka.enables()) === enables)
  await repairChangeByHand(stage, simulators)

  step("The leader's pod is deleted, and the other one takes over at once")
  const deleted = await leaderPod(stage, installation)
  if (deleted === undefined) throw new Error('Nobody leads')
  await kubectl(['delete', 'pod', deleted, '--namespace', namespace, '--wait=false'])
  await eventually('another pod leads', async () => {
    const now = await leaderPod(stage, installation)
    return now !== undefined && now !== deleted ? now : undefined
  })
  await untilRolledOut(stage, installation)

  step('The leader crashes, and another process takes over once its Lease has run out')
  const before = await leaderIdentity(stage, installation)
  const crashing = (await operatorPods(stage, installation)).find(({ name }) => before?.startsWith(`${name}_`) === true)
  if (crashing?.containerId === undefined) throw new Error('The leader has no container')
  say(`SIGKILL to the operator in ${crashing.name}`)
  await stage.cluster.killContainer(crashing.containerId)
  await eventually('another process leads', async () => {
    const now = await leaderIdentity(stage, installation)
    return now !== undefined && now !== before ? now : undefined
  })
  await repairChangeByHand(stage, simulators)
  await eventually('the pod that crashed is ready again, restarted once', async () => {
    const pod = (await operatorPods(stage, installation)).find(({ name }) => name === crashing.name)
    return pod?.ready === true && pod.restarts === 1 ? true : undefined
  })
}
