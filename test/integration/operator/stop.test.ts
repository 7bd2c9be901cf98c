import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startWekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createWorld } from './world.ts'

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const user = { username: 'operator', password: 'canary-password-77e0', org: 'Root', role: 'ClusterAdmin' } as const

test('a process with nothing due for minutes ends at once on SIGTERM, with exit code 0', async () => {
  await using stack = new AsyncDisposableStack()
  const controlPlane = await sharedControlPlane()
  const weka = stack.use(await startWekaSimulator({ users: [user] }))
  const world = await createWorld(controlPlane)
  await world.apply(
    world.secret('weka', {
      username: user.username,
      password: user.password,
      endpoints: weka.endpoints.map(({ host }) => host).join(','),
      caCertificate: weka.caPem ?? '',
    }),
    world.s3cluster('weka', { type: 'WEKA', credentialsSecretRef: { name: 'weka' } }),
  )
  const flags = ['--kubeconfig', controlPlane.kubeconfigPath, '--namespace', world.namespace, '--no-leader-elect']
  const network = ['--listen', '127.0.0.1:0', '--allow-endpoint-cidr', '127.0.0.0/8']
  const child = spawn(process.execPath, [main, ...flags, ...network], { stdio: 'ignore' })
  stack.defer(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  await eventually('the cluster is connected', async () =>
    (await world.cluster('weka')).status?.conditions?.some(({ reason }) => reason === 'Connected') === true
      ? true
      : undefined,
  )

  const asked = performance.now()
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect(performance.now() - asked).toBeLessThan(10_000)
})
