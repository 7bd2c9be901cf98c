import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { parseConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { runUninstall } from '../../../src/run-uninstall.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { createFastClock } from '../../support/fast-clock.ts'
import { type RoleRule, roleRule, withoutRight } from '../../support/role-rule.ts'
import { startOperatorUnderTest, type OperatorUnderTest } from './operator-under-test.ts'
import { clusterObjects, startSite, tokenObject, webhookObject, type Site } from './sites.ts'
import { createWorld, type World } from './world.ts'

const roleFile = fileURLToPath(new URL('../../../examples/cluster-role.yaml', import.meta.url))
const { rules } = z.object({ rules: z.array(roleRule) }).parse(parse(await readFile(roleFile, 'utf8')))
const timeout = 100_000
const patience = 60_000

/** The operator of one namespace, whose rights there are those of the example, changed by `lacking`. */
interface Stage extends AsyncDisposable {
  readonly world: World
  readonly operator: OperatorUnderTest
  readonly site: Site
  /** Gives it other rights. @default what the example grants */
  grant(granted?: readonly object[]): Promise<void>
}

// They mostly wait.
describe.concurrent('without a right the operator goes on, tells which one, and works once it has it', () => {
  const stack = new AsyncDisposableStack()
  let controlPlane: ControlPlaneAccess
  let hec: HecSimulator

  beforeAll(async () => {
    controlPlane = await sharedControlPlane()
    hec = stack.use(await startHecSimulator({ tokens: [{ token: 'canary-rights' }] }))
  })
  afterAll(() => stack.disposeAsync())

  async function openStage(lacking: readonly object[], args: readonly string[] = []): Promise<Stage> {
    await using own = new AsyncDisposableStack()
    const world = await createWorld(controlPlane)
    const user = `user-${world.namespace}`
    const grant = (granted: readonly object[]): Promise<void> =>
      world.apply({ ...named(world, 'Role'), rules: granted })
    await grant(lacking)
    await world.kubectl('create', 'rolebinding', 'operator', '--role=operator', `--user=${user}`)
    const site = own.use(await startSite('weka'))
    await world.apply(
      ...clusterObjects(world, site),
      tokenObject(world, site, 'canary-rights'),
      webhookObject(world, site, hec),
      world.secret('minio', { accessKey: 'a', secretKey: 'canary-secret' }),
      world.s3cluster('minio', {
        type: 'MinIO',
        // Refused by the address guard.
        endpoints: ['http://169.254.169.254:9000'],
        credentialsSecretRef: { name: 'minio' },
      }),
    )
    const operator = own.use(
      startOperatorUnderTest({
        kubeconfigPath: await controlPlane.userKubeconfig(user),
        clock: createFastClock(10),
        args: ['--namespace', world.namespace, ...args],
      }),
    )
    const owned = own.move()
    return {
      world,
      operator,
      site,
      grant: (granted = rules) => grant(granted),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    }
  }

  test('to watch Secrets: /readyz and the log', { timeout }, async () => {
    await using stage = await openStage(lacking({ verb: 'watch', resource: 'secrets' }))
    const { world, operator } = stage
    const grant = `grant the verbs list and watch on secrets in namespace ${world.namespace}`
    const want = `[-]secrets failed: forbidden: ${grant}, or set --secret-access=Get\n`
    await eventually(
      'an answer that names it',
      async () => (await readyz(operator)).includes(want) || undefined,
      patience,
    )
    const told = linesOf(operator).filter(({ msg, level }) => level === 'error' && msg.includes('is forbidden'))
    expect(told.map(({ remedy }) => remedy)).toEqual([grant])
    await stage.grant()
    await world.until('weka', 'Ready', { status: 'True', reason: 'InForce' }, patience)
    expect(await readyz(operator)).toBe('ok\n')
  })

  test(
    'to watch Secrets, which it does not ask for: one that comes late is seen at the next drift check',
    { timeout },
    async () => {
      await using stage = await openStage(lacking({ verb: 'watch', resource: 'secrets' }), ['--secret-access=Get'])
      const { world } = stage
      const reason = async (): Promise<string | undefined> =>
        (await world.cluster('late')).status?.conditions?.find(({ type }) => type === 'Ready')?.reason
      const spec = { type: 'WEKA', credentialsSecretRef: { name: 'late' }, driftCheckSeconds: 60 }
      await world.apply(world.s3cluster('late', spec))
      await eventually('the want', async () => (await reason()) === 'SecretNotFound' || undefined, patience)
      await world.apply(world.secret('late', { username: 'operator', password: 'canary-secret' }))
      await eventually('another one', async () => (await reason()) === 'EndpointMissing' || undefined, patience)
    },
  )

  test('to read Secrets: the condition of the S3Cluster, then Synced of the webhook', { timeout }, async () => {
    const least = lacking({ verb: 'get', resource: 'secrets' })
    await using stage = await openStage(least)
    const { world } = stage
    const remedy = 'grant its service account `get` on `secrets` there'
    const { message } = await eventually('the condition', () => forbidden(world, 'weka'), patience)
    expect(message).toContain(`may not read Secret 'weka-weka' in namespace '${world.namespace}'`)
    expect(message).toContain(remedy)
    await world.until('weka', 'Synced', { status: 'False', reason: 'ClusterNotReady', says: ['weka-weka'] }, patience)
    const credentials = { apiGroups: [''], resources: ['secrets'], resourceNames: ['weka-weka'], verbs: ['get'] }
    await stage.grant([...least, credentials])
    const says = ["may not read Secret 'weka-token'", remedy]
    await world.until('weka', 'Synced', { status: 'False', reason: 'ReadForbidden', says }, patience)
    await stage.grant()
    await world.until('weka', 'Ready', { status: 'True', reason: 'InForce' }, patience)
  })

  test('to read kube-system: the condition of a MinIO, while WEKA works', { timeout }, async () => {
    // A role of this namespace grants nothing in kube-system.
    await using stage = await openStage(rules)
    const { world } = stage
    const { message } = await eventually('the condition', () => forbidden(world, 'minio'), patience)
    expect(message).toContain("may not read namespace 'kube-system'")
    expect(message).toContain('grant its service account `get` on that namespace, or start it with `--installation-id`')
    await world.until('weka', 'Ready', { status: 'True', reason: 'InForce' }, patience)
  })

  test('to write the status: the log', { timeout }, async () => {
    await using stage = await openStage(lacking({ verb: 'patch', resource: 's3auditwebhooks/status' }))
    const { world, operator } = stage
    await eventually('the line', () => namesRight(operator, 'cannot patch resource "s3auditwebhooks/status"'), patience)
    await stage.grant()
    await world.until('weka', 'Ready', { status: 'True', reason: 'InForce' }, patience)
  })

  test('in a namespace that goes, its role included: the log, and `uninstall` frees it', { timeout }, async () => {
    await using stage = await openStage(rules)
    const { world, operator, site } = stage
    await world.until('weka', 'Ready', { status: 'True', reason: 'InForce' }, patience)
    await world.kubectl('delete', 'rolebinding', 'operator')
    await world.kubectl('delete', 'namespace', world.namespace, '--wait=false')
    const refused = 'cannot patch resource "s3auditwebhooks"'
    await eventually(
      'the refusal',
      () => operator.log().includes(refused.replaceAll('"', '\\"')) || undefined,
      patience,
    )
    const parsed = parseConfig(
      ['uninstall', '--kubeconfig', controlPlane.kubeconfigPath, '--namespace', world.namespace, '--no-leader-elect'],
      {},
    )
    if (!('uninstall' in parsed)) throw new Error(JSON.stringify(parsed))
    const code = await runUninstall({
      config: parsed.uninstall,
      clock: systemClock,
      random: Math.random,
      newId: () => 'an-id',
      write: () => undefined,
      writeError: () => undefined,
      signal: new AbortController().signal,
    })
    expect(code).toBe(0)
    await world.kubectl('wait', '--for=delete', `namespace/${world.namespace}`, '--timeout=60s')
    // The operator could still reach the cluster, and took the webhook off before it was refused.
    expect(site.weka.webhook().enabled).toBe(false)
  })

  test('to make Events and to read the namespace: the log, and deletion comes to its end', { timeout }, async () => {
    const withoutEvents = lacking({ verb: 'create', resource: 'events' })
    const neither = withoutEvents.flatMap((rule) => withoutRight(rule, { verb: 'get', resource: 'namespaces' }))
    await using stage = await openStage(neither)
    const { world, operator } = stage
    await eventually('the line', () => namesRight(operator, 'cannot create resource "events"'), patience)
    await world.until('weka', 'Ready', { status: 'True', reason: 'InForce' }, patience)
    await world.kubectl('delete', 's3auditwebhook', 'weka', '--timeout=60s')
    const told = linesOf(operator).filter(({ err }) => err?.message.includes('cannot get resource "namespaces"'))
    expect(told.map(({ msg }) => msg)).toEqual(['Deletion is not hurried when the namespace goes: grant get on it'])
  })
})

function lacking(right: { readonly verb: string; readonly resource: string }): readonly RoleRule[] {
  return rules.flatMap((rule) => withoutRight(rule, right))
}

function named({ namespace }: World, kind: string): object {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: 'operator', namespace } }
}

/** A line that names the remedy, and by the words of the API server the right. */
function namesRight(operator: OperatorUnderTest, says: string): true | undefined {
  const isSuch = ({ msg, err }: z.infer<typeof line>): boolean =>
    msg.includes('grant the right that the error names') && err?.message.includes(says) === true
  return linesOf(operator).some(isSuch) || undefined
}

async function forbidden(world: World, name: string): Promise<{ readonly message: string } | undefined> {
  const { conditions = [] } = (await world.cluster(name)).status ?? {}
  return conditions.find(({ type, reason }) => type === 'Ready' && reason === 'ReadForbidden')
}

async function readyz(operator: OperatorUnderTest): Promise<string> {
  const port = /"port":(\d+)/u.exec(operator.log())?.[1]
  return await (await fetch(`http://127.0.0.1:${port}/readyz`)).text()
}

const line = z.object({
  level: z.string(),
  msg: z.string(),
  remedy: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
})

function linesOf(operator: OperatorUnderTest): readonly z.infer<typeof line>[] {
  return operator
    .log()
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => line.parse(JSON.parse(text)))
}
