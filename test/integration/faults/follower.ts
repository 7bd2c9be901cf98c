import { KubeConfig } from '@kubernetes/client-node'
import { expect } from 'vitest'

import { type Clock, systemClock } from '../../../src/kube/clock.ts'
import { createInformer, type Informer } from '../../../src/kube/informer.ts'
import { listObjects } from '../../../src/kube/objects.ts'
import type { KubernetesObject, ResourceType } from '../../../src/kube/resource.ts'
import { createRestClient, type RestClient } from '../../../src/kube/rest-client.ts'
import type { WatchEnd } from '../../../src/kube/runtime-metrics.ts'
import { noMetrics } from '../../support/no-metrics.ts'
import { follow, identity, sorted } from '../runtime/churn.ts'
import { configMaps, silent } from '../runtime/setup.ts'

export interface FollowerOptions {
  readonly kubeConfig: KubeConfig
  readonly allowHttp2: boolean
  readonly namespace: string
  /** Of the delays between watches. */
  readonly clock: Clock
  /** Of the time-outs of requests and of silence: what must work needs real time for it. @default the machine's */
  readonly clientClock?: Clock
  readonly onWatchEnd?: (end: WatchEnd) => void
  /** @default ConfigMaps */
  readonly type?: ResourceType
}

/** An informer that runs over a client of its own, and what it went through. */
export interface Follower extends AsyncDisposable {
  readonly informer: Informer<KubernetesObject>
  readonly client: RestClient
  /** Exchanges that have ended, or whose answer has begun, since the start: by the informer, `client` and their retries. */
  exchanges(): number
  /** Exchanges begun and streams open: none while it waits for nothing but time, be that before a watch or before a repeat. */
  underWay(): number
  /** Watch events so far, bookmarks included. */
  heard(): number
  /** How each watch ended. */
  readonly ends: readonly WatchEnd[]
  /** The objects by what the changes told, as `identity` gives them. */
  told(): readonly [string, string][]
  /** Changes that did not fit to the ones before. */
  readonly misfits: readonly string[]
  /**
   * Waits until the cache has the objects of the namespace as `direct` lists them now, and checks that the changes told the same.
   * @param within milliseconds of the clock, which must move
   */
  converges(direct: RestClient, within: number): Promise<void>
}

/** Starts following. The first list may still be on its way, or fail. */
export function startFollower(options: FollowerOptions): Follower {
  const { namespace, clock, clientClock = systemClock, onWatchEnd, type = configMaps } = options
  let exchanges = 0
  let underWay = 0
  let heard = 0
  const ends: WatchEnd[] = []
  const metrics = {
    ...noMetrics,
    restRequest: () => {
      exchanges++
      underWay--
    },
    restRetry: () => void underWay++,
    watchEvent: () => void heard++,
    watchEnded: (_resource: string, end: WatchEnd) => {
      ends.push(end)
      onWatchEnd?.(end)
    },
  }
  const stack = new AsyncDisposableStack()
  const real = stack.use(
    createRestClient({
      kubeConfig: options.kubeConfig,
      clock: clientClock,
      random: Math.random,
      metrics,
      userAgent: 'fault-test',
      allowHttp2: options.allowHttp2,
    }),
  )
  const client: RestClient = {
    ...real,
    request(request) {
      underWay++
      return real.request(request)
    },
    async stream(request) {
      underWay++
      const stream = await real.stream(request)
      underWay++
      return {
        lines: stream.lines,
        [Symbol.dispose]() {
          underWay--
          stream[Symbol.dispose]()
        },
      }
    },
  }
  const informer = createInformer({
    client,
    type,
    namespaces: [namespace],
    clock,
    random: Math.random,
    logger: silent,
    metrics,
  })
  const { state, misfits } = follow(informer)
  const stop = new AbortController()
  const running = informer.run(stop.signal)
  stack.defer(async () => {
    stop.abort()
    await running
  })
  return {
    informer,
    client,
    told: () => sorted(state),
    misfits,
    exchanges: () => exchanges,
    underWay: () => underWay,
    heard: () => heard,
    ends,
    async converges(direct, within) {
      const { items } = await listObjects(direct, type, namespace, { signal: AbortSignal.timeout(20_000) })
      const end = clock.monotonic() + within
      const want = identity(items)
      while (clock.monotonic() < end && JSON.stringify(identity(informer.store.list())) !== JSON.stringify(want)) {
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      expect(identity(informer.store.list())).toEqual(want)
      expect(sorted(state)).toEqual(want)
      expect(misfits).toEqual([])
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The same credentials for the same server at another port. */
export function throughPort(direct: KubeConfig, port: number): KubeConfig {
  const cluster = direct.getCurrentCluster() ?? expect.fail('no cluster')
  const url = new URL(cluster.server)
  url.port = String(port)
  const kubeConfig = new KubeConfig()
  kubeConfig.loadFromClusterAndUser({ ...cluster, server: url.href }, direct.getCurrentUser() ?? { name: 'nobody' })
  return kubeConfig
}

/** A client that no fault touches, of the server that the kubeconfig names. */
export function connectDirectly(kubeConfig: KubeConfig): RestClient {
  return createRestClient({
    kubeConfig,
    clock: systemClock,
    random: Math.random,
    metrics: noMetrics,
    userAgent: 'fault-test-direct',
  })
}

export function portOf(kubeConfig: KubeConfig): number {
  return Number(new URL(kubeConfig.getCurrentCluster()?.server ?? expect.fail('no cluster')).port)
}
