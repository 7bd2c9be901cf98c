import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { parseConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { runUninstall } from '../../../src/run-uninstall.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { clusterObjects, startSite, tokenObject, webhookObject, type Site } from './sites.ts'
import { createWorld, type World } from './world.ts'

const timeout = 90_000

describe.concurrent('uninstall', () => {
  const stack = new AsyncDisposableStack()
  let controlPlane: ControlPlaneAccess
  let hec: HecSimulator

  beforeAll(async () => {
    controlPlane = await sharedControlPlane()
    hec = stack.use(await startHecSimulator({ tokens: [{ token: 'canary-uninstall' }] }))
  })
  afterAll(() => stack.disposeAsync())

  async function openSite(owner: AsyncDisposableStack): Promise<{ readonly world: World; readonly site: Site }> {
    const world = await createWorld(controlPlane)
    const site = owner.use(await startSite('weka'))
    await world.apply(
      ...clusterObjects(world, site),
      tokenObject(world, site, 'canary-uninstall'),
      webhookObject(world, site, hec),
    )
    return { world, site }
  }

  async function uninstall(
    { namespace }: World,
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
    const parsed = parseConfig(
      ['uninstall', '--kubeconfig', controlPlane.kubeconfigPath, '--namespace', namespace, ...args],
      {},
      namespace,
    )
    if (!('uninstall' in parsed)) throw new Error(JSON.stringify(parsed))
    let [output, errors] = ['', '']
    const code = await runUninstall({
      config: parsed.uninstall,
      clock: systemClock,
      random: Math.random,
      newId: () => 'an-id',
      write: (text) => void (output += text),
      writeError: (text) => void (errors += text),
      signal: AbortSignal.timeout(timeout),
    })
    return { code, output, errors }
  }

  /** Who may do no more than it needs. */
  async function userOfUninstall(world: World): Promise<string> {
    const { namespace } = world
    const name = `uninstall-${namespace}`
    const metadata = { name, namespace }
    const apiVersion = 'rbac.authorization.k8s.io/v1'
    const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] }
    await world.apply(
      {
        apiVersion,
        kind: 'Role',
        metadata,
        rules: [
          { apiGroups: ['s3audit.dev'], resources: ['s3clusters', 's3auditwebhooks'], verbs: ['list', 'patch'] },
          { ...leases, verbs: ['create'] },
          { ...leases, resourceNames: ['s3-audit-operator'], verbs: ['get', 'update'] },
        ],
      },
      {
        apiVersion,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
      },
    )
    // Authorization follows as a cache does: soon.
    const question = ['auth', 'can-i', 'update', 'leases.coordination.k8s.io/s3-audit-operator', `--as=${name}`]
    await eventually('the rights of the user', async () =>
      (await controlPlane.kubectl([...question, '-n', namespace])).stdout.trim() === 'yes' ? true : undefined,
    )
    return await controlPlane.userKubeconfig(name)
  }

  const finalizers = async (world: World): Promise<readonly (readonly string[])[]> =>
    (await Promise.all([world.webhook('weka'), world.cluster('weka')])).map(({ metadata }) => metadata.finalizers ?? [])
  const held = [['s3audit.dev/webhook'], ['s3audit.dev/cluster']]
  const untilHeld = (world: World): Promise<true> =>
    eventually(
      'both finalizers',
      async () => (JSON.stringify(await finalizers(world)) === JSON.stringify(held) ? true : undefined),
      60_000,
    )

  test('no finalizer comes back while replicas that ran, or are started anew, live', { timeout }, async () => {
    await using own = new AsyncDisposableStack()
    const { world, site } = await openSite(own)
    const start = (): OperatorUnderTest =>
      startOperatorUnderTest({
        kubeconfigPath: controlPlane.kubeconfigPath,
        clock: systemClock,
        args: ['--namespace', world.namespace, '--leader-elect', '--leader-election-namespace', world.namespace],
      })
    const logs = (operator: OperatorUnderTest, text: string): Promise<true> =>
      eventually(`'${text}' in the log`, () => operator.log().includes(text) || undefined, 60_000)
    const ask = async (operator: OperatorUnderTest, path: string): Promise<string> =>
      await (await fetch(`http://127.0.0.1:${/"port":(\d+)/u.exec(operator.log())?.[1]}${path}`)).text()
    const leader = own.use(start())
    await logs(leader, 'Leading')
    const follower = own.use(start())
    await Promise.all([logs(follower, 'Holder of the lease seen'), untilHeld(world)])
    await world.until('weka', 'Synced', { status: 'True' }, 60_000)

    const { code, output, errors } = await uninstall(world)
    expect([code, errors]).toEqual([0, ''])
    expect(output).toContain('has ended its work')
    expect(output).toContain(
      `S3AuditWebhook ${world.namespace}/weka: finalizer taken off; its webhook on the S3 cluster of 'weka' stays as it is: enabled, to ${hec.url('raw').host}\n`,
    )
    expect(output).toContain(`S3Cluster ${world.namespace}/weka: finalizer taken off\n`)
    expect(output).toContain('Nothing was changed on the S3 clusters')
    expect(await finalizers(world)).toEqual([[], []])

    // What would make any operator look at both, and set its finalizers: one started anew as a kubelet does, too.
    const anew = own.use(start())
    await logs(anew, 'Holder of the lease seen')
    const seen = { ...site.weka.counters() }
    await world.kubectl('annotate', 's3auditwebhook/weka', 's3cluster/weka', 's3audit.dev/reconcile-requested-at=now')
    for (const operator of [leader, follower]) {
      await logs(operator, 'Uninstalled: this process does nothing more')
      expect(await ask(operator, '/readyz')).toContain('`uninstall` has ended the work of this process')
      expect(await ask(operator, '/livez?verbose')).toContain('livez check passed')
    }
    expect(await ask(anew, '/readyz?verbose')).toContain('readyz check passed')
    const end = performance.now() + 1_500
    while (performance.now() < end) expect(await finalizers(world)).toEqual([[], []])
    // Told to stop they end without an error.
    await Promise.all([leader, follower].map((operator) => operator[Symbol.asyncDispose]()))
    expect(await finalizers(world)).toEqual([[], []])
    expect(site.weka.counters()).toEqual(seen)
    expect(site.weka.webhook().enabled).toBe(true)

    // Whoever wants it back at once deletes the lease.
    await world.kubectl('delete', 'lease', 's3-audit-operator')
    await untilHeld(world)
  })

  test('an operator without a lease that puts finalizers back is found out', { timeout }, async () => {
    await using own = new AsyncDisposableStack()
    const { world } = await openSite(own)
    const { kubeconfigPath } = controlPlane
    own.use(startOperatorUnderTest({ kubeconfigPath, clock: systemClock, args: ['--namespace', world.namespace] }))
    await untilHeld(world)
    const { code, errors } = await uninstall(world, '--no-leader-elect')
    expect(code).toBe(1)
    expect(errors).toContain(
      `S3Cluster ${world.namespace}/weka: still has its finalizer: it was put back, so an operator still works on it\n`,
    )
  })

  test('only our finalizers go, what was in deletion goes with them, and a second run finds nothing', async () => {
    const world = await createWorld(controlPlane)
    const kubeconfig = await userOfUninstall(world)
    const spec = { clusterRef: { name: 'weka' }, endpoint: 'https://splunk.example.com/services/collector/raw' }
    const webhook = (name: string, finalizers: readonly string[]): object => ({
      apiVersion: 's3audit.dev/v1alpha1',
      kind: 'S3AuditWebhook',
      metadata: { name, namespace: world.namespace, finalizers },
      spec,
    })
    const foreign = 'example.com/other'
    await world.apply(webhook('weka', ['s3audit.dev/webhook', foreign]), webhook('gone', ['s3audit.dev/webhook']))
    await world.kubectl('delete', 's3auditwebhook', 'gone', '--wait=false')

    const first = await uninstall(world, '--kubeconfig', kubeconfig)
    expect([first.code, first.errors]).toEqual([0, ''])
    expect(first.output).toContain(
      `S3AuditWebhook ${world.namespace}/gone: finalizer taken off; it was in deletion and goes`,
    )
    expect((await world.webhook('weka')).metadata.finalizers).toEqual([foreign])
    await expect(world.webhook('gone')).rejects.toThrow('404')
    const second = await uninstall(world, '--kubeconfig', kubeconfig)
    expect([second.code, second.errors]).toEqual([0, ''])
    expect(second.output).toContain('Finalizers taken off: 0.')
  })
})
