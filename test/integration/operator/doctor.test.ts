import { writeFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { parseConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { microTime } from '../../../src/kube/micro-time.ts'
import { runDoctor } from '../../../src/run-doctor.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { kubeconfigYaml } from '../../control-plane/kubeconfig.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createWorld, type World } from './world.ts'

const token = 'canary-doctor-token'
const password = 'canary-doctor-password'

const stack = new AsyncDisposableStack()
let controlPlane: ControlPlaneAccess
let hec: HecSimulator
let folder: string

beforeAll(async () => {
  controlPlane = await sharedControlPlane()
  hec = stack.use(await startHecSimulator({ tokens: [{ token }], tls: 'own' }))
  folder = await mkdtemp(join(tmpdir(), 'doctor-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
})
afterAll(() => stack.disposeAsync())

async function doctor(
  args: readonly string[],
  kubeconfig = controlPlane.kubeconfigPath,
): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
  const local = ['--kubeconfig', kubeconfig, '--allow-endpoint-cidr', '127.0.0.0/8']
  const parsed = parseConfig(['doctor', ...args, ...local], {})
  if (!('doctor' in parsed)) throw new Error(JSON.stringify(parsed))
  let [output, errors] = ['', '']
  const code = await runDoctor({
    config: parsed.doctor,
    name: parsed.name,
    clock: systemClock,
    random: Math.random,
    newId: () => 'an-id',
    write: (text) => void (output += text),
    writeError: (text) => void (errors += text),
    signal: AbortSignal.timeout(60_000),
  })
  return { code, output, errors }
}

/** A cluster and its webhook, as an operator that works leaves them. */
async function openWorld(): Promise<World> {
  const world = await createWorld(controlPlane)
  const meta = (name: string) => ({ name, namespace: world.namespace })
  await world.apply(
    world.secret('weka', { username: 'operator', password, endpoints: '127.0.0.1:1', organization: 'Root' }),
    world.secret('token', { token }),
    world.s3cluster('weka', { type: 'WEKA', credentialsSecretRef: { name: 'weka' } }),
    world.s3auditwebhook('audit', {
      clusterRef: { name: 'weka' },
      endpoint: hec.url('raw').href,
      authTokenSecretRef: { name: 'token' },
      tls: { caCertificateRef: { kind: 'ConfigMap', name: 'ca' } },
    }),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('ca'), data: { 'ca.crt': hec.caPem } },
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: meta('s3-audit-operator'),
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: microTime(Date.now()) },
    },
  )
  await setStatus(world, 's3cluster/weka', ['Ready', 'True', 'Connected'])
  await setStatus(world, 's3auditwebhook/audit', ['Ready', 'True', 'InForce'], ['Synced', 'True', 'Applied'])
  return world
}

async function setStatus(
  world: World,
  object: string,
  ...conditions: readonly (readonly [type: string, status: string, reason: string])[]
): Promise<void> {
  const status = {
    observedGeneration: 1,
    conditions: conditions.map(([type, state, reason]) => ({
      type,
      status: state,
      reason,
      message: `Said of ${type}.`,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })),
  }
  await world.kubectl('patch', object, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }))
}

/** What a user may do who was granted these verbs and resources in the namespace. */
async function userWith(
  world: World,
  ...rules: readonly (readonly [verb: string, resource: string])[]
): Promise<string> {
  const name = `user-${world.namespace}`
  for (const [index, [verb, resource]] of rules.entries()) {
    await world.kubectl('create', 'role', `${name}-${index}`, `--verb=${verb}`, `--resource=${resource}`)
    await world.kubectl('create', 'rolebinding', `${name}-${index}`, `--role=${name}-${index}`, `--user=${name}`)
  }
  // Authorization follows as a cache does: soon.
  for (const [verb, resource] of rules) {
    await eventually(`the right to ${verb} ${resource}`, async () => {
      const { stdout } = await controlPlane.kubectl([
        'auth',
        'can-i',
        verb,
        resource,
        `--as=${name}`,
        '-n',
        world.namespace,
      ])
      return stdout.trim() === 'yes' ? true : undefined
    })
  }
  return await controlPlane.userKubeconfig(name)
}

test('tells nothing where all is well, and what is wrong, with what to do, where it is not', async () => {
  const world = await openWorld()
  const place = ['-n', world.namespace, '--leader-election-namespace', world.namespace]
  const well = await doctor([...place, '--test'])
  expect(well.output).toBe(
    [
      `S3Cluster ${world.namespace}/weka: Ready True (Connected)`,
      `S3AuditWebhook ${world.namespace}/audit: Ready True (InForce)`,
      'Nothing is wrong.',
      '',
    ].join('\n'),
  )
  expect([well.code, well.errors]).toEqual([0, ''])

  const secret = { stringData: { token: 'canary-doctor-other' } }
  await world.kubectl('patch', 'secret', 'token', '--type=merge', '-p', JSON.stringify(secret))
  await world.kubectl('delete', 'secret', 'weka')
  await world.kubectl('patch', 's3cluster', 'weka', '--type=merge', '-p', '{"spec":{"driftCheckSeconds":61}}')
  await setStatus(
    world,
    's3auditwebhook/audit',
    ['Ready', 'False', 'DriftDetected'],
    ['Synced', 'False', 'DriftDetected'],
  )
  const ill = await doctor([...place, '--test', 'audit'])
  expect(ill.code).toBe(1)
  const heads = ill.output.split('\n').filter((line) => /^[A-Z]+ {2}/.test(line))
  expect(heads).toEqual([
    `ERROR  S3Cluster ${world.namespace}/weka: SecretNotFound`,
    `ERROR  S3AuditWebhook ${world.namespace}/audit: DriftDetected`,
    `ERROR  S3AuditWebhook ${world.namespace}/audit: TokenInvalid`,
    `WARNING  S3Cluster ${world.namespace}/weka: Behind`,
  ])
  expect(ill.output).toContain('Synced is False since 2026-01-01T00:00:00Z: Said of Synced.')
  expect(ill.output).toContain("Secret 'weka' does not exist in namespace")
  expect(ill.output).toContain('Found: 3 errors, 1 warning.\n')
  expect(well.output + ill.output).not.toContain('canary')

  const nobody = await doctor([...place, 'nobody'])
  expect([nobody.code, nobody.output]).toEqual([
    1,
    `ERROR  ${world.namespace}/nobody: NotFound\n    There is no S3AuditWebhook or S3Cluster of this name.\n\nFound: 1 error.\n`,
  ])
})

test('names what the user may not look at, and tells the rest', async () => {
  const world = await openWorld()
  await setStatus(world, 's3auditwebhook/audit', ['Ready', 'False', 'Conflict'], ['Synced', 'False', 'Conflict'])
  const kubeconfig = await userWith(world, ['list', 's3auditwebhooks.s3audit.dev'], ['get', 'configmaps'])
  const { code, output, errors } = await doctor(['-n', world.namespace], kubeconfig)
  expect([code, errors]).toEqual([1, ''])
  const here = `in namespace '${world.namespace}'`
  expect(output).toContain(`ERROR  S3AuditWebhook ${world.namespace}/audit: Conflict\n`)
  expect(output).toContain(`You may not list s3clusters.s3audit.dev ${here}, so this was not looked at.`)
  expect(output).toContain(`You may not get secrets ${here}, so this was not looked at.`)
  expect(output).toContain('You may not list leases.coordination.k8s.io in all namespaces, so this was not looked at.')
  expect(output).not.toContain('configmaps')
  expect(output).toContain('Found: 1 error, 3 warnings.\n')
})

test('an API server that does not answer ends it with 2 and one line', async () => {
  const path = join(folder, 'nowhere')
  const user = { token: 'canary-doctor-user' }
  await writeFile(path, kubeconfigYaml({ server: 'https://127.0.0.1:1', caPem: controlPlane.caPem, user }))
  const { code, output, errors } = await doctor(['-n', 'default'], path)
  expect([code, output]).toEqual([2, ''])
  expect(errors).toMatch(/^s3-audit-operator: the API server cannot be reached: .*ECONNREFUSED\n$/)
  expect(errors).not.toContain('canary')
})
