import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

import type { Config } from './config.ts'
import { createOperator } from './controllers/operator.ts'
import type { Clock } from './kube/clock.ts'
import { createDeadline } from './kube/deadline.ts'
import { createEventRecorder, type EventRecorder } from './kube/event-recorder.ts'
import { createFencedClient } from './kube/fenced-client.ts'
import { createLeaderElector } from './kube/leader-election.ts'
import { LeadershipLostError } from './kube/leadership-lost-error.ts'
import type { Leadership } from './kube/leadership.ts'
import { LeaseClosedError } from './kube/lease-closed-error.ts'
import type { Logger } from './kube/logger.ts'
import { aborted } from './kube/on-abort.ts'
import { createRestClient } from './kube/rest-client.ts'
import { apiServerAddresses, leaseName, loadKubeConfig, userAgent } from './kubernetes-access.ts'
import { createAddressGuard } from './net/address-guard.ts'
import { createHttpClientFactory } from './net/http-client-factory.ts'
import { startHealthServer } from './observability/health-server.ts'
import { createMetrics } from './observability/metrics.ts'
import { version } from './version.ts'

const controllerName = 's3audit.dev/s3-audit-operator'

/** Half of the renew deadline: time for a second try. */
const renewalMilliseconds = 5_000
/** For work to end after leadership was lost. */
const abortMilliseconds = 5_000
const flushMilliseconds = 3_000
const stillWorking = `The work did not end within ${abortMilliseconds} ms after leadership was lost`

export interface RunOptions {
  readonly config: Config
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  /** Aborted to stop: work ends, Events are flushed, the lease is released, then `runOperator` resolves. */
  readonly signal: AbortSignal
}

/**
 * Runs the operator until told to stop. A follower has the same caches as the leader and answers the same health checks.
 * When `uninstall` closes the lease the work ends, and the process waits without any until it is told to stop: started anew it would
 * work again.
 * @throws LeadershipLostError when another process may lead now: nothing was begun since.
 * @throws when the kubeconfig cannot be used, the port cannot be had, or something that must run ended.
 */
export async function runOperator({ config, clock, random, logger, signal }: RunOptions): Promise<void> {
  using metrics = createMetrics({ clock })
  const kubeConfig = loadKubeConfig(config.kubeconfig)
  await using stack = new AsyncDisposableStack()
  const rest = { kubeConfig, clock, random, metrics: metrics.runtime, userAgent }
  const client = stack.use(createRestClient(rest))
  const { leaderElectionNamespace: leaseNamespace } = config
  const elector =
    config.leaderElect && leaseNamespace !== undefined
      ? createLeaderElector({
          // Of its own: no other request keeps a renewal waiting for a connection.
          client: stack.use(createRestClient({ ...rest, requestTimeoutMilliseconds: renewalMilliseconds })),
          lease: { namespace: leaseNamespace, name: leaseName },
          identity: `${hostname()}_${randomUUID()}`,
          clock,
          random,
          logger,
          metrics: metrics.runtime,
        })
      : undefined
  /** The fence before all that changes something, in Kubernetes and elsewhere. */
  const mayBegin = (): void => elector?.check()
  const fencedClient = createFencedClient(client, mayBegin)
  const httpClients = stack.use(
    createHttpClientFactory({
      clock,
      guard: createAddressGuard({
        allow: config.allowEndpointCidrs,
        deny: config.denyEndpointCidrs,
        refuse: apiServerAddresses(kubeConfig),
      }),
      proxyFromEnvironment: config.proxyFromEnvironment,
      mayBegin,
    }),
  )
  const recorder = stack.use(
    createEventRecorder({
      client: fencedClient,
      reportingController: controllerName,
      reportingInstance: hostname(),
      clock,
      random,
      logger,
      metrics: metrics.runtime,
    }),
  )
  const operator = createOperator({
    client: fencedClient,
    namespaces: config.namespaces,
    secretAccess: config.secretAccess,
    concurrency: config.concurrency,
    deletionTimeoutMilliseconds: config.deletionTimeoutMilliseconds,
    installationId: config.installationId,
    httpClients,
    recorder,
    runtimeMetrics: metrics.runtime,
    webhookMetrics: metrics.webhooks,
    clusterMetrics: metrics.clusters,
    onClusterRequest: (request) => metrics.clusterApi.requested(request),
    testObserver: metrics.tests,
    deliveryObserver: metrics.deliveries,
    clock,
    random,
    logger,
    newId: randomUUID,
    version,
  })
  let isUninstalled = false
  const uninstalled = (): true | string =>
    isUninstalled ? '`uninstall` has ended the work of this process: stop it, or start it anew to work again' : true
  const { port } = stack.use(
    await startHealthServer({
      listen: config.listen,
      livenessChecks: elector === undefined ? {} : { 'leader-election': () => elector.health() },
      readinessChecks: { ...operator.readiness, ...(elector === undefined ? {} : { installed: uninstalled }) },
      metrics: () => metrics.expose(),
      clock,
      logger,
    }),
  )
  logger.info(
    {
      version,
      port,
      namespaces: config.namespaces,
      secretAccess: config.secretAccess,
      lease: elector === undefined ? undefined : `${leaseNamespace}/${leaseName}`,
    },
    'Operator started',
  )
  let leadership: Leadership | undefined
  const gaveUp = Promise.withResolvers<never>()
  const run = operator.run(signal, async () => {
    // On top of the stack: released before anything else is freed, and after the last change.
    leadership = elector === undefined ? undefined : stack.use(await elector.acquire(signal))
    const lost = leadership?.lost ?? new AbortController().signal
    lost.addEventListener('abort', () => {
      stack.use(clock.timer(abortMilliseconds, () => gaveUp.reject(new LeadershipLostError(stillWorking))))
    })
    return lost
  })
  try {
    await Promise.race([run, gaveUp.promise])
    leadership?.lost.throwIfAborted()
  } catch (error) {
    if (!(error instanceof LeaseClosedError)) throw error
    isUninstalled = true
    await leadership?.[Symbol.asyncDispose]()
    logger.warn({}, 'Uninstalled: this process does nothing more, stop it')
    await aborted(signal)
    return
  }
  await flushEvents(recorder, clock, logger)
  logger.info({}, 'Operator stopped')
}

async function flushEvents(recorder: EventRecorder, clock: Clock, logger: Logger): Promise<void> {
  using time = createDeadline({
    clock,
    milliseconds: flushMilliseconds,
    signal: new AbortController().signal,
    reason: () => new Error(`They were not sent within ${flushMilliseconds} ms`),
  })
  try {
    await recorder.flush(time.signal)
  } catch (error) {
    logger.warn({ err: error }, 'Events not sent before the end')
  }
}
