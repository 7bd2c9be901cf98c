import { readFile } from 'node:fs/promises'

import { startOperatorProcess, type OperatorProcess } from '../../../demo/operator-process.ts'
import { findCondition, type Condition } from '../../../src/api/conditions.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import type { HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import type { KnobsChange } from '../../simulators/weka/knobs.ts'
import { eventually } from '../../support/eventually.ts'
import type { OperatorUser } from '../../support/operator-rbac.ts'
import type { ApiServer } from '../api/api-server.ts'
import { clusterObjects, startSite, tokenObject, type Site } from './sites.ts'
import { createWorld, type World } from './world.ts'

/** Sites in one namespace, and the operator of that namespace as its own process. */
export interface Scene extends AsyncDisposable {
  readonly world: World
  readonly sites: readonly Site[]
  /** Starts the operator; resolves when it begins to work: until then a busy machine compiles for seconds. */
  start(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Gives the site a new token, which the target knows. */
  rotate(site: Site): Promise<void>
  /** The newest one. */
  token(site: Site): string
  /** Resolves when each of these webhooks is in force with the token its Secret has, and was read back after that. */
  settled(sites?: readonly Site[]): Promise<void>
}

export interface SceneOptions {
  readonly controlPlane: ControlPlaneAccess
  readonly apiServer: ApiServer
  readonly user: OperatorUser
  /** The target of all sites. */
  readonly hec: HecSimulator
  /** Where every operator of the scene appends its log. */
  readonly logPath: string
}

interface Seen {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly applied?: { readonly tokenSecret?: { readonly resourceVersion: string } }
    readonly lastHandledReconcileRequest?: string
  }
}

/** Two seconds of work, most of them to compile: on a busy machine that was seen to take twenty. */
const startMilliseconds = 60_000

/** Starts one site for each entry of the plan, with everything but the webhooks, and no operator yet. */
export async function openScene(
  plan: readonly { readonly knobs?: KnobsChange | undefined }[],
  { controlPlane, apiServer, user, hec, logPath }: SceneOptions,
): Promise<Scene> {
  await using own = new AsyncDisposableStack()
  const world = await createWorld(controlPlane)
  const sites: Site[] = []
  for (const [index, { knobs }] of plan.entries()) sites.push(own.use(await startSite(`site-${index}`, knobs)))
  const tokens = new Map<string, number>()
  let operator: OperatorProcess | undefined
  let readBacks = 0

  const token = ({ name }: Site): string => `canary-${world.namespace}-${name}-${tokens.get(name) ?? 0}`
  const webhooks = `/apis/s3audit.dev/v1alpha1/namespaces/${world.namespace}/s3auditwebhooks`
  const secrets = `/api/v1/namespaces/${world.namespace}/secrets`
  const list = async (path: string): Promise<ReadonlyMap<string, Seen>> => {
    const { body } = await apiServer.send('GET', path)
    return new Map((body as { items: readonly Seen[] }).items.map((object) => [object.metadata.name, object]))
  }
  const patch = async (path: string, change: object): Promise<void> => {
    const { status } = await apiServer.send('PATCH', path, change, { contentType: 'application/merge-patch+json' })
    if (status !== 200) throw new Error(`PATCH ${path} was answered by ${status}`)
  }
  const eachOf = (what: string, awaited: readonly Site[], isSettled: (webhook: Seen, secret: Seen) => boolean) =>
    eventually(what, async () => {
      const [seen, tokenSecrets] = [await list(webhooks), await list(secrets)]
      const open = awaited.filter(({ name }) => {
        const [webhook, secret] = [seen.get(name), tokenSecrets.get(`${name}-token`)]
        return webhook === undefined || secret === undefined || !isSettled(webhook, secret)
      })
      if (open.length > 0) throw new Error(`not so: ${open.map(({ name }) => name).join(', ')}`)
      return true
    })

  for (const site of sites) hec.addToken({ token: token(site) })
  await world.apply(...sites.flatMap((site) => [...clusterObjects(world, site), tokenObject(world, site, token(site))]))
  // There is none before the first operator.
  const log = (): Promise<string> => readFile(logPath, { encoding: 'utf8', flag: 'a+' })
  const kill = async (): Promise<void> => operator?.kill()
  own.defer(kill)
  const owned = own.move()
  return {
    world,
    sites,
    token,
    kill,
    async start() {
      const told = (await log()).length
      operator = await startOperatorProcess({
        args: [
          `--kubeconfig=${user.kubeconfigPath}`,
          `--namespace=${world.namespace}`,
          '--listen=127.0.0.1:0',
          // What is killed holds its lease for fifteen seconds.
          '--no-leader-elect',
          '--allow-endpoint-cidr=127.0.0.0/8',
          '--log-level=debug',
        ],
        logPath,
      })
      await eventually(
        'the operator at work',
        async () => ((await log()).slice(told).includes('"msg":"Caches synced"') ? true : undefined),
        startMilliseconds,
      )
    },
    async rotate(site) {
      tokens.set(site.name, (tokens.get(site.name) ?? 0) + 1)
      hec.addToken({ token: token(site) })
      await patch(`${secrets}/${site.name}-token`, { stringData: { token: token(site) } })
    },
    async settled(awaited = sites) {
      await eachOf('the change in force', awaited, ({ status }, secret) => {
        const conditions = status?.conditions ?? []
        return (
          status?.applied?.tokenSecret?.resourceVersion === secret.metadata.resourceVersion &&
          ['Ready', 'Synced'].every((type) => findCondition(conditions, type)?.status === 'True')
        )
      })
      const request = `read-back-${++readBacks}`
      const annotations = { 's3audit.dev/reconcile-requested-at': request }
      for (const { name } of awaited) await patch(`${webhooks}/${name}`, { metadata: { annotations } })
      await eachOf('the read-back', awaited, ({ status }) => status?.lastHandledReconcileRequest === request)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
