import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { startControlPlane } from '../../control-plane/control-plane.ts'
import { startWekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { installDefinitions } from './install-definitions.ts'
import { createWorld } from './world.ts'

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const user = { username: 'operator', password: 'canary-password-77e0', org: 'Root', role: 'ClusterAdmin' } as const

test('a process with nothing due for minutes ends at once on SIGTERM, with exit code 0', async () => {
  await using stack = new AsyncDisposableStack()
  const controlPlane = stack.use(await startControlPlane())
  const weka = stack.use(await startWekaSimulator({ users: [user] }))
  await installDefinitions(controlPlane)
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
  const flags = ['--kubeconfig', controlPlane.kubeconfigPath, '--listen', '127.0.0.1:0', '--no-leader-elect']
  const child = spawn(process.execPath, [main, ...flags, '--allow-endpoint-cidr', '127.0.0.0/8'], { stdio: 'ignore' })
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
