import { Registry } from '@prometheus-io/client'
import { expect, test } from 'vitest'

import type { RuntimeMetrics } from '../kube/runtime-metrics.ts'
import { createRuntimeMetrics } from './runtime-metrics.ts'

function measured(): { readonly runtime: RuntimeMetrics; readonly lines: () => Promise<readonly string[]> } {
  const registry = new Registry()
  return { runtime: createRuntimeMetrics(registry), lines: async () => (await registry.metrics()).split('\n') }
}

test('a controller has all its counters at zero before its first pass', async () => {
  const { runtime, lines } = measured()
  runtime.controllerStarted('c', { maximumWorkers: 3 })
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'controller_runtime_reconcile_total{controller="c",result="success"} 0',
      'controller_runtime_reconcile_total{controller="c",result="requeue"} 0',
      'controller_runtime_reconcile_total{controller="c",result="requeue_after"} 0',
      'controller_runtime_reconcile_total{controller="c",result="error"} 0',
      'controller_runtime_reconcile_errors_total{controller="c"} 0',
      'controller_runtime_terminal_reconcile_errors_total{controller="c"} 0',
      'controller_runtime_reconcile_panics_total{controller="c"} 0',
      'controller_runtime_reconcile_timeouts_total{controller="c"} 0',
      'controller_runtime_reconcile_time_seconds_count{controller="c"} 0',
      'controller_runtime_max_concurrent_reconciles{controller="c"} 3',
      'controller_runtime_active_workers{controller="c"} 0',
    ]),
  )
})

test('passes are counted by how they ended', async () => {
  const { runtime, lines } = measured()
  runtime.controllerStarted('c', { maximumWorkers: 3 })
  runtime.activeWorkers('c', 2)
  runtime.reconciled('c', 'requeue_after', 0.2)
  runtime.reconciled('c', 'error', 70)
  runtime.reconcileTerminalError('c')
  runtime.reconcilePanic('c')
  runtime.reconcileTimeout('c')
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'controller_runtime_reconcile_total{controller="c",result="requeue_after"} 1',
      'controller_runtime_reconcile_total{controller="c",result="error"} 1',
      'controller_runtime_reconcile_errors_total{controller="c"} 1',
      'controller_runtime_terminal_reconcile_errors_total{controller="c"} 1',
      'controller_runtime_reconcile_panics_total{controller="c"} 1',
      'controller_runtime_reconcile_timeouts_total{controller="c"} 1',
      'controller_runtime_reconcile_time_seconds_bucket{le="60",controller="c"} 1',
      'controller_runtime_reconcile_time_seconds_sum{controller="c"} 70.2',
      'controller_runtime_active_workers{controller="c"} 2',
    ]),
  )
})

test('a queue tells depth, adds, waits and work, and what is unfinished when it is asked', async () => {
  const { runtime, lines } = measured()
  let work = [1, 2]
  const reader = runtime.observeUnfinishedWork('q', () => work)
  const labels = 'name="q",controller="q"'
  expect(await lines()).toEqual(
    expect.arrayContaining([
      `workqueue_adds_total{${labels}} 0`,
      `workqueue_retries_total{${labels}} 0`,
      `workqueue_depth{${labels},priority="0"} 0`,
      `workqueue_queue_duration_seconds_count{${labels}} 0`,
      `workqueue_work_duration_seconds_count{${labels}} 0`,
      `workqueue_unfinished_work_seconds{${labels}} 3`,
      `workqueue_longest_running_processor_seconds{${labels}} 2`,
    ]),
  )
  runtime.queueAdded('q')
  runtime.queueRetried('q')
  runtime.queueDepth('q', -100, 4)
  runtime.queueWaited('q', 0.5)
  runtime.queueWorked('q', 0.25)
  work = []
  expect(await lines()).toEqual(
    expect.arrayContaining([
      `workqueue_adds_total{${labels}} 1`,
      `workqueue_retries_total{${labels}} 1`,
      `workqueue_depth{${labels},priority="-100"} 4`,
      `workqueue_queue_duration_seconds_sum{${labels}} 0.5`,
      `workqueue_work_duration_seconds_sum{${labels}} 0.25`,
      `workqueue_unfinished_work_seconds{${labels}} 0`,
      `workqueue_longest_running_processor_seconds{${labels}} 0`,
    ]),
  )
  reader[Symbol.dispose]()
  expect((await lines()).filter((line) => line.startsWith('workqueue_unfinished_work_seconds{'))).toEqual([])
})

test('of several watches of one resource the longest silence and all objects count', async () => {
  const { runtime, lines } = measured()
  runtime.observeWatch('pods', () => ({ silentSeconds: 10, objects: 3 }))
  const second = runtime.observeWatch('pods', () => ({ silentSeconds: 40, objects: 4 }))
  runtime.observeWatch('nodes', () => ({ silentSeconds: undefined, objects: 0 }))
  expect(await lines()).toEqual(
    expect.arrayContaining(['reflector_silent_seconds{name="pods"} 40', 'reflector_cached_objects{name="pods"} 7']),
  )
  expect(await lines()).not.toContainEqual(expect.stringContaining('reflector_silent_seconds{name="nodes"}'))
  second[Symbol.dispose]()
  expect(await lines()).toContain('reflector_silent_seconds{name="pods"} 10')
})

test('lists and watches are counted from zero on', async () => {
  const { runtime, lines } = measured()
  runtime.observeWatch('pods', () => ({ silentSeconds: 0, objects: 0 }))
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'reflector_lists_total{name="pods",result="error"} 0',
      'reflector_watch_ends_total{name="pods",reason="expired"} 0',
      'reflector_short_watches_total{name="pods"} 0',
    ]),
  )
  runtime.listed('pods', { seconds: 0.3, ok: true })
  runtime.listed('pods', { seconds: 0.3, ok: false })
  runtime.watchStarted('pods')
  runtime.watchEvent('pods', 'ADDED')
  runtime.watchEnded('pods', 'expired', { seconds: 0.1, events: 0 })
  runtime.watchEnded('pods', 'closed', { seconds: 300, events: 0 })
  runtime.watchEnded('pods', 'stopped', { seconds: 0.1, events: 0 })
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'reflector_lists_total{name="pods",result="ok"} 1',
      'reflector_lists_total{name="pods",result="error"} 1',
      'reflector_list_duration_seconds_count{name="pods"} 2',
      'reflector_watches_total{name="pods"} 1',
      'reflector_watch_events_total{name="pods",type="ADDED"} 1',
      'reflector_watch_ends_total{name="pods",reason="expired"} 1',
      'reflector_short_watches_total{name="pods"} 1',
    ]),
  )
})

test('requests to the API server are counted as client-go does', async () => {
  const { runtime, lines } = measured()
  runtime.restRequest({ method: 'GET', host: 'h:6443', code: '200', durationSeconds: 0.02 })
  runtime.restRequest({ method: 'GET', host: 'h:6443', code: '<error>', durationSeconds: 1 })
  runtime.restRetry({ method: 'GET', host: 'h:6443', code: '429' })
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'rest_client_requests_total{code="200",method="GET",host="h:6443"} 1',
      'rest_client_requests_total{code="<error>",method="GET",host="h:6443"} 1',
      'rest_client_request_retries_total{code="429",verb="GET",host="h:6443"} 1',
      'rest_client_request_duration_seconds_bucket{le="0.025",verb="GET",host="h:6443"} 1',
    ]),
  )
})

test('Kubernetes Events are counted by outcome from zero on', async () => {
  const { runtime, lines } = measured()
  runtime.eventRecorded('dropped_rate_limited')
  expect(await lines()).toEqual(
    expect.arrayContaining([
      'event_recorder_events_total{outcome="sent"} 0',
      'event_recorder_events_total{outcome="dropped_rate_limited"} 1',
    ]),
  )
})
