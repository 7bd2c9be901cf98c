import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import type { ApiAuditEvent } from '../../control-plane/audit-log.ts'
import { startControlPlane, type ControlPlane } from '../../control-plane/control-plane.ts'
import { installDefinitions } from '../../control-plane/install-definitions.ts'
import { startHecSimulator, type HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import { eventually } from '../../support/eventually.ts'
import { grantedRights } from '../../support/granted-rights.ts'
import { type OperatorInstallation, renderInstallation } from '../../support/operator-installation.ts'
import { refusedRequests, unusedRights } from '../../support/used-rights.ts'
import { connect } from '../api/api-server.ts'
import { type End, uninstallWith } from './permission-end.ts'
import { liveThrough, type Life } from './permission-life.ts'
import { planWorld } from './world.ts'

interface Case {
  readonly mode: 'cluster' | 'namespaced'
  readonly secretAccess: 'Watch' | 'Get'
}
const cases: readonly Case[] = [
  { mode: 'cluster', secretAccess: 'Watch' },
  { mode: 'cluster', secretAccess: 'Get' },
  { mode: 'namespaced', secretAccess: 'Watch' },
  { mode: 'namespaced', secretAccess: 'Get' },
]

/** What came of one installation. */
interface Outcome {
  readonly installation: OperatorInstallation
  readonly life: Life
  /** Its role does not depend on how Secrets are read. */
  readonly end: End | undefined
}

describe('with the rights of the chart and no others', () => {
  const stack = new AsyncDisposableStack()
  const outcomes = new Map<Case, Outcome>()
  let controlPlane: ControlPlane
  let hec: HecSimulator

  beforeAll(async () => {
    controlPlane = stack.use(
      await startControlPlane({
        controllerManager: true,
        auditLog: true,
        // Such a server makes use of rights that newer ones do not ask for.
        streamingLists: false,
      }),
    )
    await installDefinitions(controlPlane)
    hec = stack.use(await startHecSimulator({ tls: 'own', tokens: [] }))
    const inAll = cases.filter(({ mode }) => mode === 'cluster')
    // Two of all namespaces would meet.
    for (const one of inAll) outcomes.set(one, await goThrough(one))
    const inSome = cases.filter(({ mode }) => mode === 'namespaced')
    await Promise.all(inSome.map(async (one) => outcomes.set(one, await goThrough(one))))
  }, 240_000)

  afterAll(() => stack.disposeAsync())

  /** From the installation in a namespace of its own to the uninstallation. */
  async function goThrough({ mode, secretAccess }: Case): Promise<Outcome> {
    const home = planWorld(controlPlane)
    const worlds = [planWorld(controlPlane), planWorld(controlPlane)] as const
    // Once is enough, for it takes its time. A Role of the namespace would go with it.
    const namespaceGoes = mode === 'cluster' && secretAccess === 'Watch'
    const installation = await renderInstallation({
      release: home.namespace,
      namespace: home.namespace,
      values: {
        rbac: { mode },
        secretAccess,
        ...(mode === 'namespaced' ? { watchNamespaces: worlds.map(({ namespace }) => namespace) } : {}),
      },
    })
    await home.apply(...[home, ...worlds].map(({ namespaceObject }) => namespaceObject), ...installation.access)
    const secretsAreWatched = secretAccess === 'Watch'
    const life = await liveThrough({ controlPlane, installation, hec, worlds, namespaceGoes, secretsAreWatched })
    const left = namespaceGoes ? [home, worlds[0]] : worlds
    const end = secretsAreWatched ? await uninstallWith({ controlPlane, installation, worlds: left }) : undefined
    return { installation, life, end }
  }

  function outcomeOf(one: Case): Outcome {
    const outcome = outcomes.get(one)
    if (outcome === undefined) throw new Error('It did not come to its end')
    return outcome
  }

  describe.each(cases)('rbac.mode=$mode, secretAccess=$secretAccess', (one) => {
    test('the operator uses every right', async () => {
      const { installation, life } = outcomeOf(one)
      const granted = grantedRights(installation.access, installation.serviceAccount)
      expect(granted.length).toBeGreaterThan(10)
      await expect.poll(async () => unusedRights(granted, await life.requests()), { timeout: 30_000 }).toEqual([])
    })

    test('the operator is refused nothing', async () => {
      const { life } = outcomeOf(one)
      const requests = await life.requests()
      expect(requests.length).toBeGreaterThan(50)
      expect(refusedRequests(requests)).toEqual([])
      expect(life.log).not.toContain('canary')
    })
  })

  test.each(cases.filter(({ secretAccess }) => secretAccess === 'Watch'))(
    'the Job that uninstalls takes all finalizers off, uses every right, and is refused nothing: rbac.mode=$mode',
    async (one) => {
      const { installation, end } = outcomeOf(one)
      expect(end?.codes).toEqual([0, 0])
      expect(Object.values(end?.finalizers ?? {})).toEqual([[], [], [], []])
      const { serviceAccount } = installation.uninstall ?? expect.fail()
      expect(serviceAccount).not.toEqual(installation.serviceAccount)
      const granted = grantedRights(installation.access, serviceAccount)
      expect(granted.length).toBeGreaterThan(5)
      const requests = async (): Promise<readonly ApiAuditEvent[]> => (await end?.requests()) ?? []
      await expect.poll(async () => unusedRights(granted, await requests()), { timeout: 30_000 }).toEqual([])
      expect(refusedRequests(await requests())).toEqual([])
    },
  )

  test.each(cases.filter(({ secretAccess }) => secretAccess === 'Get'))(
    'with secretAccess=Get the operator may neither list nor watch Secrets, nor tries: rbac.mode=$mode',
    async (one) => {
      const { installation, life } = outcomeOf(one)
      const granted = grantedRights(installation.access, installation.serviceAccount)
      const verbs = new Set(granted.filter(({ resource }) => resource === 'secrets').map(({ verb }) => verb))
      const requests = (await life.requests()).filter(({ objectRef }) => objectRef?.resource === 'secrets')
      expect([...verbs]).toEqual(['get'])
      expect([...new Set(requests.map(({ verb }) => verb))]).toEqual(['get'])
    },
  )

  test('with rbac.mode=namespaced nothing is granted in all namespaces', () => {
    for (const one of cases.filter(({ mode }) => mode === 'namespaced')) {
      const { installation } = outcomeOf(one)
      const granted = grantedRights(installation.access, installation.serviceAccount)
      expect(granted.filter(({ namespace }) => namespace === undefined)).toEqual([])
    }
  })

  test('examples/ has the roles of the chart', async () => {
    const { installation } = outcomeOf(cases[0] ?? expect.fail())
    const rendered = installation.access.map((manifest) => roleRules.safeParse(manifest).data)
    for (const name of ['cluster-role.yaml', 'leader-election-role.yaml']) {
      const example = roleRules.parse(parse(await readFile(exampleFile(name), 'utf8')))
      expect(rendered.map((role) => (role === undefined ? undefined : sorted(role.rules)))).toContainEqual(
        sorted(example.rules),
      )
    }
  })

  const right = (verb: string, resource: string, group = 's3audit.dev'): object => ({ verb, resource, group })
  test.each([
    {
      role: 'view',
      may: [right('get', 's3auditwebhooks'), right('watch', 's3clusters')],
      mayNot: [right('create', 's3auditwebhooks'), right('patch', 's3clusters'), right('get', 'secrets', '')],
    },
    {
      role: 'edit',
      // Who makes the operator read Secrets may read them.
      may: [right('create', 's3auditwebhooks'), right('delete', 's3clusters'), right('get', 'secrets', '')],
      mayNot: [{ ...right('patch', 's3auditwebhooks'), subresource: 'status' }],
    },
  ])('the built-in role $role covers our kinds as it covers others', async ({ role, may, mayNot }) => {
    await using server = connect(controlPlane)
    const user = `with-${role}`
    await server.kubectl(
      'create',
      'rolebinding',
      user,
      `--clusterrole=${role}`,
      `--user=${user}`,
      '--namespace=default',
    )
    const isAllowed = async (attributes: object): Promise<boolean> => {
      const spec = { user, resourceAttributes: { namespace: 'default', ...attributes } }
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
      const { body } = await server.send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)
      return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(body).status.allowed
    }
    for (const attributes of may) {
      await eventually(JSON.stringify(attributes), async () => (await isAllowed(attributes)) || undefined)
    }
    for (const attributes of mayNot) expect(await isAllowed(attributes), JSON.stringify(attributes)).toBe(false)
  })
})

const roleRules = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  rules: z.array(z.record(z.string(), z.array(z.string()))),
})

function exampleFile(name: string): string {
  return fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url))
}

/** The order of rules says nothing. */
function sorted(rules: readonly object[]): readonly string[] {
  return rules.map((rule) => JSON.stringify(rule)).sort()
}
