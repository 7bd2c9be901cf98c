import { restricted } from '../simulators/manifests.ts'
import type { Stage } from '../stage.ts'
import {
  findInstallation,
  type Installation,
  installLines,
  leaderPod,
  namespaceOf,
  operatorPods,
  untilRolledOut,
} from './installation.ts'

/** Installs the operator as README.md says, into a namespace that takes only restricted pods. */
export async function install(stage: Stage): Promise<Installation> {
  const { step, say, check, eventually, kubectl } = stage.narrator

  step("The operator is installed by the README's lines, under the Pod Security Standard restricted")
  const lines = await installLines()
  const namespace = namespaceOf(lines)
  await stage.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: restricted } })
  say(`The namespace ${namespace} is made beforehand, with labels that refuse pods which are not restricted.`)
  const printed = await stage.shell(lines)
  check('Helm tells what to do next', printed.includes('kubectl'))
  const installation = await findInstallation(stage)
  check(`the operator is in ${namespace}`, installation.namespace === namespace)
  await untilRolledOut(stage, installation)
  await kubectl(['get', 'pods', '--namespace', namespace])
  const pods = await operatorPods(stage, installation)
  check('two pods are ready, none of which had to be restarted', pods.length === 2 && pods.every(isSteady))
  await eventually('one of them leads', async () => {
    const leader = await leaderPod(stage, installation)
    return pods.find(({ name }) => name === leader)
  })
  return installation
}

function isSteady({ ready, restarts }: { readonly ready: boolean; readonly restarts: number }): boolean {
  return ready && restarts === 0
}
