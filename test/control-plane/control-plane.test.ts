import { existsSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { eventually } from '../support/eventually.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { sharedControlPlane } from './shared.ts'
import { toolVersions } from './versions.ts'

describe('a control plane of its own', () => {
  const stack = new AsyncDisposableStack()
  let controlPlane: ControlPlane

  beforeAll(async () => {
    controlPlane = stack.use(await startControlPlane({ auditLog: true }))
  })
  afterAll(() => stack.disposeAsync())

  async function kubectl(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await controlPlane.kubectl(args)
    if (code !== 0) throw new Error(stderr)
    return stdout
  }

  it('has the version that its Go module pins, and kubectl understands it', async () => {
    const { clientVersion, serverVersion } = JSON.parse(await kubectl('version', '--output=json')) as Record<
      'clientVersion' | 'serverVersion',
      { gitVersion: string; major: string; minor: string }
    >
    expect(serverVersion.gitVersion).toBe(clientVersion.gitVersion)
    const [major, minor] = toolVersions().kubernetes.slice(1).split('.')
    expect(serverVersion).toMatchObject({ major, minor })
  })

  it('knows a user by certificate, who may do what RBAC grants the group', async () => {
    const kubeconfig = await controlPlane.userKubeconfig('jane', ['readers', 'others'])
    const asJane = ['get', 'secrets', '--namespace=default', '--output=name', '--kubeconfig', kubeconfig]
    expect(await controlPlane.kubectl(asJane)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/User "jane" cannot list resource "secrets"/) as string,
    })
    await kubectl('create', 'role', 'readers', '--verb=list', '--resource=secrets')
    await kubectl('create', 'rolebinding', 'readers', '--role=readers', '--group=readers')
    await eventually('jane may list secrets', async () => (await controlPlane.kubectl(asJane)).code === 0 || undefined)
  })

  it('keeps a log of the requests it answered', async () => {
    await kubectl('create', 'configmap', 'logged')
    const [event] = await eventually('the creation is in the log', async () => {
      const events = await controlPlane.auditEvents()
      const found = events.filter(({ verb, objectRef }) => verb === 'create' && objectRef?.name === 'logged')
      return found.length > 0 ? found : undefined
    })
    expect(event).toMatchObject({
      user: { username: 'admin' },
      objectRef: { resource: 'configmaps', namespace: 'default' },
      responseStatus: { code: 201 },
    })
  })

  it('tells its metrics', async () => {
    expect(await controlPlane.metrics()).toMatch(/^apiserver_request_total\{/m)
  })

  it('keeps address and data when its servers are restarted', async () => {
    await kubectl('create', 'configmap', 'kept')
    const before = controlPlane.pids
    await controlPlane.stopApiServer()
    expect((await controlPlane.kubectl(['get', 'configmap', 'kept'])).code).not.toBe(0)
    await controlPlane.startApiServer()
    expect(await kubectl('get', 'configmap', 'kept')).toContain('kept')
    await controlPlane.restartEtcd()
    expect(await kubectl('get', 'configmap', 'kept')).toContain('kept')
    expect(controlPlane.pids.apiServer).not.toBe(before.apiServer)
    expect(controlPlane.pids.etcd).not.toBe(before.etcd)
  })

  it('stands beside others, and leaves nothing behind', async () => {
    const shared = await sharedControlPlane()
    await kubectl('create', 'namespace', 'only-here')
    expect(await kubectl('get', 'namespace', 'only-here')).toContain('only-here')
    expect((await shared.kubectl(['get', 'namespace', 'only-here'])).code).toBe(1)

    const { apiServer, etcd } = controlPlane.pids
    expect(existsSync(controlPlane.address.directory)).toBe(true)
    await controlPlane[Symbol.asyncDispose]()
    expect(existsSync(controlPlane.address.directory)).toBe(false)
    for (const pid of [apiServer, etcd]) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

it('lets namespaces go when it has a controller manager', async () => {
  const shared = await sharedControlPlane()
  await shared.kubectl(['create', 'namespace', 'short-lived'])
  expect(await shared.kubectl(['delete', 'namespace', 'short-lived', '--timeout=40s'])).toMatchObject({ code: 0 })
})

it('gives up a start that is aborted', async () => {
  await expect(startControlPlane({ signal: AbortSignal.timeout(300) })).rejects.toThrow('aborted')
})
