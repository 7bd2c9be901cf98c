import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node'
import { describe, expect, inject, test } from 'vitest'
import { z } from 'zod'

import type { RestClient } from '../../../src/kube/rest-client.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { createCertificateAuthority, openCertificateAuthority } from '../../support/certificates.ts'
import { eventually } from '../../support/eventually.ts'
import { createPacedClock } from '../../support/paced-clock.ts'
import { churn, seeded } from '../runtime/churn.ts'
import { loadKubeConfig, makeNamespace } from '../runtime/setup.ts'
import type { IdentityFault } from './fault-names.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { connectDirectly, portOf, startFollower, throughPort } from './follower.ts'
import { startTlsFront } from './tls-front.ts'

/** A control plane, the files of a kubeconfig that changes, and what ends with the test. */
interface Scene {
  readonly stack: AsyncDisposableStack
  readonly direct: KubeConfig
  readonly namespace: string
  readonly path: (file: string) => string
}

interface Case {
  /** The kubeconfig to follow with, how to break what it relies on and how to mend that; `tried` waits for a try begun since. */
  readonly prepare: (scene: Scene) => Promise<{
    readonly cluster?: Partial<Cluster> & { readonly server: string }
    readonly user?: Omit<User, 'name'>
    readonly fail: () => Promise<void>
    readonly heal: (tried: () => Promise<void>) => Promise<void>
  }>
  /** The name by which the API server knows the client in the end, without the namespace of a service account. */
  readonly want: string
}

const seconds = 60
/** Eight watches in a minute, by delays that double from 0.8 s; each is tried twice when it breaks or is refused by 401. */
const mostExchanges = 16

const cases: Readonly<Record<IdentityFault, Case>> = {
  'the certificate of the API server': {
    async prepare({ stack, direct, path }) {
      const authority = createCertificateAuthority({ commonName: 'first front' })
      const next = createCertificateAuthority({ commonName: 'second front' })
      const front = stack.use(await startTlsFront({ ...targetOf(direct), authority }))
      await writeFile(path('ca.crt'), authority.certPem)
      return {
        cluster: { server: `https://127.0.0.1:${front.port}`, caFile: path('ca.crt') },
        fail: async () => front.present(next),
        heal: () => writeFile(path('ca.crt'), next.certPem),
      }
    },
    want: 'admin',
  },
  'TLS itself': {
    async prepare({ stack, direct, path }) {
      const authority = createCertificateAuthority({ commonName: 'front' })
      const front = stack.use(await startTlsFront({ ...targetOf(direct), authority }))
      await writeFile(path('ca.crt'), authority.certPem)
      return {
        cluster: { server: `https://127.0.0.1:${front.port}`, caFile: path('ca.crt') },
        fail: async () => front.present(undefined),
        heal: async () => front.present(authority),
      }
    },
    want: 'admin',
  },
  'the certificate of the operator': {
    async prepare({ stack, direct, path }) {
      const proxy = stack.use(await startFaultProxy(portOf(direct)))
      const authority = openCertificateAuthority(inject('controlPlane').authority)
      const issue = async (commonName: string, notAfter: Date, between?: () => Promise<void>): Promise<void> => {
        const { certPem, keyPem } = authority.issue({ commonName, organizations: ['system:masters'], notAfter })
        await writeFile(path('tls.crt'), certPem)
        await between?.()
        await writeFile(path('tls.key'), keyPem)
      }
      const inAnHour = new Date(Date.now() + 3_600_000)
      await issue('first', inAnHour)
      const { cluster } = partsOf(throughPort(direct, proxy.port))
      return {
        cluster,
        user: { certFile: path('tls.crt'), keyFile: path('tls.key') },
        async fail() {
          await issue('expired', new Date(Date.now() - 60_000))
          await proxy.fail({ kind: 'cut' })
          await proxy.heal()
        },
        // Two files do not change at once: it sees the new certificate with the other one's key first.
        heal: (tried) => issue('second', inAnHour, tried),
      }
    },
    want: 'second',
  },
  'the token of the operator': {
    async prepare({ stack, direct, namespace, path }) {
      const proxy = stack.use(await startFaultProxy(portOf(direct)))
      const controlPlane = await sharedControlPlane()
      const run = async (...args: readonly string[]): Promise<string> => {
        const { code, stdout, stderr } = await controlPlane.kubectl([...args, '-n', namespace])
        if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
        return stdout
      }
      for (const name of ['first', 'second']) {
        await run('create', 'serviceaccount', name)
        await run('create', 'rolebinding', name, '--clusterrole=view', `--serviceaccount=${namespace}:${name}`)
      }
      const [first, second] = [await run('create', 'token', 'first'), await run('create', 'token', 'second')]
      await writeFile(path('token'), first)
      const { cluster } = partsOf(throughPort(direct, proxy.port))
      return {
        cluster,
        user: { authProvider: { name: 'tokenFile', config: { tokenFile: path('token') } } },
        async fail() {
          await run('delete', 'serviceaccount', 'first')
          // The API server remembers good tokens for ten seconds.
          await eventually('the token is refused', async () => {
            const { code } = await controlPlane.kubectl(['auth', 'whoami', `--token=${first.trim()}`])
            return code !== 0 || undefined
          })
          await proxy.fail({ kind: 'cut' })
          await proxy.heal()
        },
        heal: () => writeFile(path('token'), second),
      }
    },
    want: 'second',
  },
}

describe.concurrent.each([
  { protocol: 'HTTP/2', allowHttp2: true },
  { protocol: 'HTTP/1.1', allowHttp2: false },
])('over $protocol, without a restart, a client follows a change of', ({ allowHttp2 }) => {
  test.for(Object.entries(cases))('%s', { timeout: 120_000 }, async ([, { prepare, want }]) => {
    await using stack = new AsyncDisposableStack()
    const direct = loadKubeConfig((await sharedControlPlane()).kubeconfigPath)
    const directClient = stack.use(connectDirectly(direct))
    const namespace = await makeNamespace(directClient)
    const directory = await mkdtemp(join(tmpdir(), 'faults-'))
    stack.defer(() => rm(directory, { recursive: true }))
    const path = (file: string): string => join(directory, file)
    await churn(directClient, namespace, 50, seeded(1))

    const known = partsOf(direct)
    const { cluster, user, fail, heal } = await prepare({ stack, direct, namespace, path })
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromClusterAndUser(
      { name: 'rotating', skipTLSVerify: false, ...(cluster ?? known.cluster) },
      { name: 'rotating', ...(user ?? known.user) },
    )
    const clock = createPacedClock()
    const follower = stack.use(startFollower({ kubeConfig, allowHttp2, namespace, clock }))
    await follower.informer.waitForSync(AbortSignal.timeout(20_000))

    await fail()
    const before = follower.exchanges()
    clock.pace(20)
    await Promise.all([
      churn(directClient, namespace, 50, seeded(2)),
      new Promise<void>((resolve) => void clock.timer(seconds * 1000, resolve)),
    ])
    expect(follower.exchanges() - before).toBeLessThanOrEqual(mostExchanges)
    await eventually('further tries', () => (follower.exchanges() - before > 1 ? true : undefined))

    await heal(async () => {
      const begun = follower.exchanges() + follower.underWay()
      await eventually('a try begun later', () => follower.exchanges() > begun || undefined)
    })
    clock.pace(10)
    await follower.converges(directClient, 90_000)
    clock.pace(1)
    await churn(directClient, namespace, 20, seeded(3))
    await follower.converges(directClient, 10_000)
    expect((await whoAmI(follower.client)).split(':').at(-1)).toBe(want)
  })
})

const review = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) })

/** Over the pool of requests, which has been idle all the time. */
async function whoAmI(client: RestClient): Promise<string> {
  const answer = await client.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    signal: AbortSignal.timeout(20_000),
  })
  return review.parse(answer).status.userInfo.username
}

function partsOf(kubeConfig: KubeConfig): { readonly cluster: Cluster; readonly user: User } {
  return {
    cluster: kubeConfig.getCurrentCluster() ?? expect.fail('no cluster'),
    user: kubeConfig.getCurrentUser() ?? expect.fail('no user'),
  }
}

function targetOf(direct: KubeConfig): { readonly target: number; readonly targetCaPem: string } {
  return { target: portOf(direct), targetCaPem: inject('controlPlane').authority.certPem }
}
