import type { Registry } from '@prometheus-io/client'

import type { ReconcileOutcome, RuntimeMetrics, WatchEnd, WatchHealth } from '../kube/runtime-metrics.ts'
import { registerCounter, registerGauge, registerHistogram } from './register-metric.ts'
import { runtimeMetricDefinitions as definitions } from './runtime-metric-definitions.ts'

const outcomes: readonly ReconcileOutcome[] = ['success', 'requeue', 'requeue_after', 'error']
const watchEnds: readonly WatchEnd[] = ['closed', 'silent', 'expired', 'error_event', 'malformed', 'failed', 'stopped']
const eventOutcomes = ['sent', 'failed', 'dropped_queue_full', 'dropped_rate_limited'] as const

type ReconcileMetrics = Pick<
  RuntimeMetrics,
  | 'controllerStarted'
  | 'activeWorkers'
  | 'reconciled'
  | 'reconcileTerminalError'
  | 'reconcilePanic'
  | 'reconcileTimeout'
>
type QueueMetrics = Pick<
  RuntimeMetrics,
  'queueDepth' | 'queueAdded' | 'queueWaited' | 'queueWorked' | 'queueRetried' | 'observeUnfinishedWork'
>
type WatchMetrics = Pick<RuntimeMetrics, 'listed' | 'watchStarted' | 'watchEnded' | 'watchEvent' | 'observeWatch'>
type ClientMetrics = Pick<RuntimeMetrics, 'restRequest' | 'restRetry' | 'eventRecorded' | 'leading'>

/** The runtime's own figures in `registry`. Counters exist with 0 before the first thing is counted, so that it is an increase. */
export function createRuntimeMetrics(registry: Registry): RuntimeMetrics {
  return {
    ...reconcileMetrics(registry),
    ...queueMetrics(registry),
    ...watchMetrics(registry),
    ...clientMetrics(registry),
  }
}

function reconcileMetrics(registry: Registry): ReconcileMetrics {
  const total = registerCounter(registry, definitions.reconciles)
  const errors = registerCounter(registry, definitions.reconcileErrors)
  const terminalErrors = registerCounter(registry, definitions.terminalErrors)
  const panics = registerCounter(registry, definitions.panics)
  const timeouts = registerCounter(registry, definitions.timeouts)
  const time = registerHistogram(registry, definitions.reconcileTime)
  const maximum = registerGauge(registry, definitions.maximumWorkers)
  const active = registerGauge(registry, definitions.activeWorkers)
  return {
    controllerStarted(controller, { maximumWorkers }) {
      for (const result of outcomes) total.inc({ controller, result }, 0)
      for (const counter of [errors, terminalErrors, panics, timeouts]) counter.inc({ controller }, 0)
      time.zero({ controller })
      maximum.set({ controller }, maximumWorkers)
      active.set({ controller }, 0)
    },
    activeWorkers: (controller, workers) => active.set({ controller }, workers),
    reconciled(controller, outcome, seconds) {
      total.inc({ controller, result: outcome })
      if (outcome === 'error') errors.inc({ controller })
      time.observe({ controller }, seconds)
    },
    reconcileTerminalError: (controller) => terminalErrors.inc({ controller }),
    reconcilePanic: (controller) => panics.inc({ controller }),
    reconcileTimeout: (controller) => timeouts.inc({ controller }),
  }
}

function queueMetrics(registry: Registry): QueueMetrics {
  // A queue belongs to the controller of its name.
  const labels = (queue: string) => ({ name: queue, controller: queue })
  const readers = createReaders<readonly number[]>()
  const depth = registerGauge(registry, definitions.queueDepth)
  const adds = registerCounter(registry, definitions.queueAdds)
  const retries = registerCounter(registry, definitions.queueRetries)
  const wait = registerHistogram(registry, definitions.queueWait)
  const work = registerHistogram(registry, definitions.queueWork)
  registerGauge(registry, definitions.queueUnfinished, (gauge) => {
    gauge.reset()
    for (const [queue, read] of readers.entries()) {
      gauge.inc(
        labels(queue),
        read().reduce((sum, age) => sum + age, 0),
      )
    }
  })
  registerGauge(registry, definitions.queueLongest, (gauge) => {
    gauge.reset()
    for (const [queue, read] of readers.entries()) gauge.set(labels(queue), Math.max(0, ...read()))
  })
  return {
    queueDepth: (queue, priority, items) => depth.set({ ...labels(queue), priority }, items),
    queueAdded: (queue) => adds.inc(labels(queue)),
    queueWaited: (queue, seconds) => wait.observe(labels(queue), seconds),
    queueWorked: (queue, seconds) => work.observe(labels(queue), seconds),
    queueRetried: (queue) => retries.inc(labels(queue)),
    observeUnfinishedWork(queue, read) {
      depth.set({ ...labels(queue), priority: 0 }, 0)
      for (const counter of [adds, retries]) counter.inc(labels(queue), 0)
      for (const histogram of [wait, work]) histogram.zero(labels(queue))
      return readers.add(queue, read)
    },
  }
}

function watchMetrics(registry: Registry): WatchMetrics {
  const readers = createReaders<WatchHealth>()
  const lists = registerCounter(registry, definitions.lists)
  const duration = registerHistogram(registry, definitions.listDuration)
  const watches = registerCounter(registry, definitions.watches)
  const shortWatches = registerCounter(registry, definitions.shortWatches)
  const ends = registerCounter(registry, definitions.watchEnds)
  const events = registerCounter(registry, definitions.watchEvents)
  registerGauge(registry, definitions.watchSilence, (gauge) => {
    gauge.reset()
    const longest = new Map<string, number>()
    for (const [name, read] of readers.entries()) {
      const { silentSeconds } = read()
      if (silentSeconds !== undefined) longest.set(name, Math.max(silentSeconds, longest.get(name) ?? 0))
    }
    for (const [name, seconds] of longest) gauge.set({ name }, seconds)
  })
  registerGauge(registry, definitions.cachedObjects, (gauge) => {
    gauge.reset()
    for (const [name, read] of readers.entries()) gauge.inc({ name }, read().objects)
  })
  return {
    listed(name, { seconds, ok }) {
      lists.inc({ name, result: ok ? 'ok' : 'error' })
      duration.observe({ name }, seconds)
    },
    watchStarted: (name) => watches.inc({ name }),
    watchEnded(name, reason, watch) {
      ends.inc({ name, reason })
      if (watch.seconds < 1 && watch.events === 0 && reason !== 'stopped') shortWatches.inc({ name })
    },
    watchEvent: (name, type) => events.inc({ name, type }),
    observeWatch(name, read) {
      for (const result of ['ok', 'error']) lists.inc({ name, result }, 0)
      for (const counter of [watches, shortWatches]) counter.inc({ name }, 0)
      for (const reason of watchEnds) ends.inc({ name, reason }, 0)
      return readers.add(name, read)
    },
  }
}

function clientMetrics(registry: Registry): ClientMetrics {
  const requests = registerCounter(registry, definitions.restRequests)
  const retries = registerCounter(registry, definitions.restRetries)
  const duration = registerHistogram(registry, definitions.restDuration)
  const events = registerCounter(registry, definitions.events)
  const leader = registerGauge(registry, definitions.leader)
  for (const outcome of eventOutcomes) events.inc({ outcome }, 0)
  return {
    restRequest({ method, host, code, durationSeconds }) {
      requests.inc({ code, method, host })
      duration.observe({ verb: method, host }, durationSeconds)
    },
    restRetry: ({ method, host, code }) => retries.inc({ code, verb: method, host }),
    eventRecorded: (outcome) => events.inc({ outcome }),
    leading: (name, leads) => leader.set({ name }, leads ? 1 : 0),
  }
}

interface Readers<T> {
  add(name: string, read: () => T): Disposable
  entries(): Iterable<readonly [name: string, read: () => T]>
}

/** Several may have one name. */
function createReaders<T>(): Readers<T> {
  const readers = new Set<readonly [string, () => T]>()
  return {
    add(name, read) {
      const entry = [name, read] as const
      readers.add(entry)
      return { [Symbol.dispose]: () => void readers.delete(entry) }
    },
    entries: () => readers,
  }
}
