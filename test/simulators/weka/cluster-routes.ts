import { dataReply, jsonReply, notFound, type Reply } from './replies.ts'
import type { RouteHandlers, WekaContext } from './route.ts'
import type { WekaEvent } from './state.ts'
import { statistics } from './statistics.ts'

const maximumResults = 50

/** What the cluster tells about itself: identity, S3 service, events, alerts, statistics. */
export function createClusterRoutes(
  context: WekaContext,
): RouteHandlers<
  | 'GET /healthcheck'
  | 'GET /cluster'
  | 'GET /s3'
  | 'GET /s3/containersAreReady'
  | 'GET /events'
  | 'GET /alerts'
  | 'GET /alerts/types'
  | 'GET /alerts/description'
  | 'GET /stats'
> {
  const { state, clock, knobs } = context
  return {
    'GET /healthcheck': () => jsonReply(200, 'ok'),
    'GET /cluster': ({ backend }) =>
      dataReply({
        ...state.cluster,
        release: knobs().backendReleases[String(backend)] ?? state.cluster.release,
        io_status: 'STARTED',
        active_alerts_count: state.alerts.length,
        time: new Date(clock.now()).toISOString(),
        is_cluster: true,
      }),
    'GET /s3': () =>
      dataReply({
        active: state.s3.exists,
        s3_hosts: state.s3.exists ? state.s3.containers.map(({ hostId }) => hostId) : [],
        port: '9000',
        internal_port: '9001',
        filesystem_name: 'default',
        tls_enabled: true,
      }),
    'GET /s3/containersAreReady': () => {
      if (!knobs().readinessRoute) return notFound('Not found')
      const containers = state.s3.exists ? state.s3.containers : []
      return dataReply(Object.fromEntries(containers.map(({ uid, readyAt }) => [uid, readyAt <= clock.monotonic()])))
    },
    'GET /events': ({ query }) => (knobs().eventsRoute ? events(state.events, query) : notFound('Not found')),
    'GET /alerts': ({ query }) => {
      const severity = query.get('severity')
      const listed = state.alerts.filter((alert) => severity === null || alert.severity === severity)
      return dataReply(
        listed.map(({ type, title, description }) => ({
          type,
          muted: false,
          fmt: title,
          action: description,
          title,
          params: {},
        })),
      )
    },
    'GET /alerts/types': () => dataReply(state.alerts.map(({ type }) => type)),
    'GET /alerts/description': () =>
      dataReply(state.alerts.map(({ type, title, description }) => ({ type, title, description }))),
    'GET /stats': ({ query }) => statistics(state, knobs(), clock, query),
  }
}

function events(all: readonly WekaEvent[], query: URLSearchParams): Reply {
  const types = query.getAll('type_list')
  const categories = query.getAll('category_list')
  const severity = query.get('severity')
  const [start, end] = [query.get('start_time') ?? '', query.get('end_time') ?? '9999']
  const matching = all.filter(
    (event) =>
      (types.length === 0 || types.includes(event.type)) &&
      (categories.length === 0 || categories.includes(event.category)) &&
      (severity === null || event.severity === severity) &&
      event.timestamp >= start &&
      event.timestamp <= end,
  )
  const sorted = query.get('sort_order') === 'asc' ? matching : matching.toReversed()
  const from = Number(query.get('next_token') ?? 0)
  const until = from + Number(query.get('num_results') ?? maximumResults)
  return jsonReply(200, {
    data: sorted.slice(from, until),
    ...(until < sorted.length ? { next_token: String(until) } : {}),
  })
}
