import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'

import { type Clock, systemClock } from '../../../src/kube/clock.ts'
import { createCertificateAuthority, createSelfSignedCertificate } from '../../support/certificates.ts'
import type { S3Request } from './audit-event.ts'
import { createAuthentication } from './authentication.ts'
import { type Backend, type BackendCertificates, openBackend } from './backend.ts'
import { createClusterRoutes } from './cluster-routes.ts'
import { answerControl, controlPrefix } from './control-api.ts'
import { createDelivery, type DeliveryOptions, type ServerDelivery } from './delivery.ts'
import { changedKnobs, defaultKnobs, type KnobsChange, type WekaKnobs } from './knobs.ts'
import { createManagementApi } from './management-api.ts'
import type { Reply } from './replies.ts'
import { createRequestLog, type LoggedRequest, type Violation, type WekaCounters } from './request-log.ts'
import type { WekaContext } from './route.ts'
import { createWekaState, freshWebhook, type WekaEvent, type WekaUser, type WekaWebhook } from './state.ts'
import { viewState, type WekaStateView } from './view-state.ts'
import { createWebhookRoutes, type WebhookChange } from './webhook-routes.ts'

export interface WekaSimulatorOptions {
  readonly users: readonly WekaUser[]
  /** @default 1 */
  readonly backends?: number
  /** Port of the first backend, the others follow; absent: any free ones. */
  readonly port?: number
  /**
   * Address or name that clients on other machines reach it by: then it listens on all addresses, and its certificates are for this one
   * too. Absent: it listens on loopback alone.
   */
  readonly advertise?: string
  /** Plain http for the control API alone, which stays when every backend is stopped; absent: none. 0: any free port. */
  readonly controlPort?: number
  /** Plain http instead of https. @default false */
  readonly plainHttp?: boolean
  /** One certificate of the backends' own making instead of one that a CA issued. @default false */
  readonly selfSigned?: boolean
  /** S3 servers. @default 2 */
  readonly servers?: number
  /** @default cluster-a */
  readonly clusterName?: string
  /** @default 4.4.6.11 */
  readonly release?: string
  readonly knobs?: KnobsChange
  /** Absent: no events are sent, whatever the webhook says. */
  readonly delivery?: DeliveryOptions
  /** @default the system's */
  readonly clock?: Clock
}

/** A WEKA cluster: its management API, and on request the S3 servers' sending half. */
export interface WekaSimulator extends AsyncDisposable {
  /** Base URLs, one for each backend: `https://127.0.0.1:<port>/`. */
  readonly endpoints: readonly URL[]
  readonly controlEndpoint: URL | undefined
  /** What a client has to trust: the CA of the backends' certificate, or that itself; undefined over plain http. */
  readonly caPem: string | undefined
  readonly guid: string
  /** What it is at this moment, without passwords and tokens. */
  state(): WekaStateView
  /** The webhook as stored, token in clear. */
  webhook(): Readonly<WekaWebhook>
  counters(): Readonly<WekaCounters>
  /** The newest calls of the API, secrets redacted. */
  requests(): readonly LoggedRequest[]
  /** Requests that the route table does not allow, each of which was refused; kept through a reset. */
  violations(): readonly Violation[]
  forgetViolations(): void
  events(): readonly WekaEvent[]
  delivery(): readonly ServerDelivery[]
  knobs(): Readonly<WekaKnobs>
  /** Changes the knobs that are named. @throws ZodError */
  setKnobs(change: KnobsChange): void
  setWebhookByHand(change: WebhookChange): void
  /** Adds the user, or replaces the one of the same name; what was issued to it stays valid. */
  setUser(user: WekaUser): void
  revokeTokens(what: 'AccessTokens' | 'AllTokens'): void
  setLockout(policy: {
    readonly threshold?: number | undefined
    readonly durationMilliseconds?: number | undefined
  }): void
  setTokenLifetime(lifetime: {
    readonly accessSeconds?: number | undefined
    readonly refreshSeconds?: number | undefined
  }): void
  setRelease(release: string): void
  /** Makes the S3 cluster, with a fresh webhook, or takes it away. */
  setS3Cluster(exists: boolean): void
  /** Takes one S3 container out of service until told otherwise. */
  setContainerReady(index: number, ready: boolean): void
  startBackend(index: number): Promise<void>
  stopBackend(index: number): Promise<void>
  restartBackend(index: number): Promise<void>
  /** One call of the S3 API. @returns the server that answered it; undefined when none is ready. */
  s3Request(request?: S3Request): string | undefined
  /** Back to how it was started: webhook, knobs, users, lock-outs, backends, logs. The guid stays. */
  reset(): Promise<void>
}

const maximumBodyBytes = 1024 * 1024

/**
 * Starts listening. The caller disposes of it, which closes the ports, and fails when there were violations that nobody forgot: so
 * that every test with a simulator also proves that only requests were sent that WEKA's API has.
 */
export async function startWekaSimulator(options: WekaSimulatorOptions): Promise<WekaSimulator> {
  const { clock = systemClock, users, backends: backendCount = 1, port = 0, release = '4.4.6.11' } = options
  const initialKnobs = (): WekaKnobs => changedKnobs(defaultKnobs, options.knobs ?? {})
  let knobs = initialKnobs()
  const state = createWekaState({
    users,
    clusterName: options.clusterName ?? 'cluster-a',
    release,
    servers: options.servers ?? 2,
    freshEnabled: knobs.freshEnabled,
  })
  const initial = structuredClone({ lockout: state.lockout, tokenLifetime: state.tokenLifetime })
  const log = createRequestLog(backendCount)
  const delivery = options.delivery === undefined ? undefined : createDelivery(state, clock, options.delivery)

  const context: WekaContext = {
    state,
    knobs: () => knobs,
    clock,
    log,
    onWebhookChanged() {
      const readyAt = clock.monotonic() + knobs.restartMilliseconds
      for (const container of state.s3.containers) container.readyAt = Math.max(container.readyAt, readyAt)
      delivery?.restart()
    },
  }
  const authentication = createAuthentication(context)
  const webhook = createWebhookRoutes(context)
  const api = createManagementApi(context, authentication, {
    ...authentication.routes,
    ...webhook.routes,
    ...createClusterRoutes(context),
  })

  const serve = async (backend: number, message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(message.url ?? '/', 'http://simulator')
    const { method = '', headers } = message
    const body = await readBody(message)
    if (url.pathname.startsWith(controlPrefix)) {
      send(response, await answerControl(simulator, { method, path: url.pathname, body }))
      return
    }
    const { authorization, 'content-type': contentType } = headers
    const result = await api({ backend, method, url, authorization, contentType, body })
    if (!('lost' in result)) send(response, result)
    else if (result.lost === 'reset') message.socket.destroy()
  }

  const { advertise } = options
  const certificates =
    options.plainHttp === true ? undefined : createCertificates(options.selfSigned === true, advertise)
  await using stack = new AsyncDisposableStack()
  const open = async (index: number, at: number, tls: BackendCertificates | undefined): Promise<Backend> => {
    const backend = await openBackend({
      port: at,
      host: advertise === undefined ? '127.0.0.1' : '0.0.0.0',
      certificates: tls,
      handler: (message, response) => void serve(index, message, response).catch(() => response.destroy()),
    })
    stack.defer(() => backend.stop())
    return backend
  }
  const backends: Backend[] = []
  for (let index = 0; index < backendCount; index++) {
    backends.push(await open(index, port === 0 ? 0 : port + index, certificates))
  }
  const { controlPort } = options
  const control = controlPort === undefined ? undefined : await open(0, controlPort, undefined)
  if (delivery !== undefined) stack.use(delivery)

  const backendAt = (index: number): Backend => {
    const backend = backends[index]
    if (backend === undefined)
      throw new RangeError(`There is no backend ${index}: they go from 0 to ${backendCount - 1}`)
    return backend
  }
  const showCertificates = (): void => {
    for (const [index, backend] of backends.entries()) {
      backend.show(knobs.backendFaults[String(index)]?.mode === 'untrusted' ? 'untrusted' : 'trusted')
    }
  }
  const scheme = certificates === undefined ? 'http' : 'https'
  const resources = stack.move()

  const simulator: WekaSimulator = {
    endpoints: backends.map((backend) => new URL(`${scheme}://127.0.0.1:${backend.port}/`)),
    controlEndpoint: control === undefined ? undefined : new URL(`http://127.0.0.1:${control.port}/`),
    caPem: certificates?.anchorPem,
    guid: state.cluster.guid,
    state: () => viewState(state, { clock, backends: backends.map((backend) => backend.isUp()) }),
    webhook: () => ({ ...state.audit }),
    counters: () => structuredClone(log.counters),
    requests: () => log.list(),
    violations: () => log.violations(),
    forgetViolations: () => log.forgetViolations(),
    events: () => [...state.events],
    delivery: () => delivery?.report() ?? [],
    knobs: () => structuredClone(knobs),
    setKnobs(change) {
      knobs = changedKnobs(knobs, change)
      showCertificates()
    },
    setWebhookByHand: (change) => webhook.setByHand(change),
    setUser: (user) => void state.users.set(user.username, user),
    revokeTokens: (what) => authentication.revoke(what),
    setLockout({ threshold, durationMilliseconds }) {
      state.lockout.threshold = threshold ?? state.lockout.threshold
      state.lockout.durationMilliseconds = durationMilliseconds ?? state.lockout.durationMilliseconds
    },
    setTokenLifetime({ accessSeconds, refreshSeconds }) {
      state.tokenLifetime.accessSeconds = accessSeconds ?? state.tokenLifetime.accessSeconds
      state.tokenLifetime.refreshSeconds = refreshSeconds ?? state.tokenLifetime.refreshSeconds
    },
    setRelease(next) {
      state.cluster.release = next
    },
    setS3Cluster(exists) {
      if (state.s3.exists === exists) return
      state.s3.exists = exists
      Object.assign(state.audit, freshWebhook(knobs.freshEnabled))
      delivery?.restart()
    },
    setContainerReady(index, ready) {
      const container = state.s3.containers[index]
      if (container === undefined) throw new RangeError(`There is no S3 container ${index}`)
      container.readyAt = ready ? 0 : Number.POSITIVE_INFINITY
      delivery?.restart()
    },
    startBackend: (index) => backendAt(index).start(),
    stopBackend: (index) => backendAt(index).stop(),
    async restartBackend(index) {
      await backendAt(index).stop()
      await backendAt(index).start()
    },
    s3Request: (request = {}) => delivery?.serve(request),
    async reset() {
      knobs = initialKnobs()
      Object.assign(state.audit, freshWebhook(knobs.freshEnabled))
      Object.assign(state.lockout, initial.lockout)
      Object.assign(state.tokenLifetime, initial.tokenLifetime)
      state.cluster.release = release
      state.s3.exists = true
      for (const container of state.s3.containers) container.readyAt = 0
      state.users.clear()
      for (const user of users) state.users.set(user.username, user)
      authentication.unlock()
      state.events.length = 0
      log.clear()
      showCertificates()
      delivery?.restart()
      await Promise.all(backends.map((backend) => backend.start()))
    },
    async [Symbol.asyncDispose]() {
      await resources.disposeAsync()
      const violations = log.violations()
      log.forgetViolations()
      if (violations.length > 0) throw violationsError(violations)
    },
  }
  showCertificates()
  return simulator
}

function violationsError(violations: readonly Violation[]): Error {
  const lines = violations.map(({ method, path, what }) => `${method} ${path}: ${what}`)
  return new Error(`Requests that WEKA's API does not have:\n${[...new Set(lines)].join('\n')}`)
}

function createCertificates(
  selfSigned: boolean,
  advertise: string | undefined,
): BackendCertificates & { readonly anchorPem: string } {
  const names = advertise === undefined ? [] : [advertise]
  const request = {
    commonName: 'weka',
    dnsNames: ['localhost', ...names.filter((name) => isIP(name) === 0)],
    ipAddresses: ['127.0.0.1', ...names.filter((name) => isIP(name) !== 0)],
  }
  const untrusted = createCertificateAuthority({ commonName: 'A CA that nobody knows' }).issue(request)
  if (selfSigned) {
    const trusted = createSelfSignedCertificate(request)
    return { trusted, untrusted, anchorPem: trusted.certPem }
  }
  const authority = createCertificateAuthority({ commonName: 'WEKA simulator CA' })
  return { trusted: authority.issue(request), untrusted, anchorPem: authority.certPem }
}

async function readBody(message: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maximumBodyBytes) throw new Error('The body is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) })
  response.end(reply.body)
}
