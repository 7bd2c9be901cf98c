import type { RuntimeMetrics } from '../../src/kube/runtime-metrics.ts'

const nothing: Disposable = { [Symbol.dispose]: () => undefined }

/** Counts nothing. */
export const noMetrics: RuntimeMetrics = {
  restRequest: () => undefined,
  restRetry: () => undefined,
  queueDepth: () => undefined,
  queueAdded: () => undefined,
  queueWaited: () => undefined,
  queueWorked: () => undefined,
  queueRetried: () => undefined,
  observeUnfinishedWork: () => nothing,
  controllerStarted: () => undefined,
  activeWorkers: () => undefined,
  reconciled: () => undefined,
  reconcileTerminalError: () => undefined,
  reconcilePanic: () => undefined,
  reconcileTimeout: () => undefined,
  listed: () => undefined,
  watchStarted: () => undefined,
  watchEnded: () => undefined,
  watchEvent: () => undefined,
  observeWatch: () => nothing,
  eventRecorded: () => undefined,
  leading: () => undefined,
}
