/** Types of fields in bodies, and of parameters in queries. */
export type DeclaredType = 'text' | 'number' | 'order'

/** One route of the published API, as far as it is simulated. */
export interface DeclaredRoute {
  readonly method: 'GET' | 'POST'
  /** Below `/api/v2`. */
  readonly path: string
  /** `Public` needs no token, `ClusterAdmin` that role. */
  readonly access: 'Public' | 'AnyUser' | 'ClusterAdmin'
  /** Parameters that a query may have. */
  readonly query?: Readonly<Record<string, DeclaredType>>
  /** Fields that the body must have, and may have. Absent: there is no body. */
  readonly body?: {
    readonly required: Readonly<Record<string, DeclaredType>>
    readonly optional?: Readonly<Record<string, DeclaredType>>
  }
}

/**
 * Every request that the simulated cluster takes, by WEKA's OpenAPI description 5.1. What is not here is refused, and counted as a
 * violation. That description gives no role for any route: ClusterAdmin is what the page on audit webhooks asks for.
 */
export const routeTable = [
  { method: 'GET', path: '/healthcheck', access: 'Public' },
  {
    method: 'POST',
    path: '/login',
    access: 'Public',
    body: { required: { username: 'text', password: 'text' }, optional: { org: 'text' } },
  },
  {
    method: 'POST',
    path: '/login/refresh',
    access: 'Public',
    body: {
      required: { refresh_token: 'text' },
      optional: { access_token_expiry: 'number', refresh_token_expiry: 'number' },
    },
  },
  { method: 'GET', path: '/users/whoami', access: 'AnyUser' },
  { method: 'GET', path: '/security/defaultTokensExpiry', access: 'AnyUser' },
  { method: 'GET', path: '/lockoutPolicy', access: 'AnyUser' },
  { method: 'GET', path: '/cluster', access: 'AnyUser' },
  { method: 'GET', path: '/s3', access: 'AnyUser' },
  { method: 'GET', path: '/s3/containersAreReady', access: 'AnyUser' },
  { method: 'GET', path: '/s3/auditWebhook', access: 'AnyUser' },
  {
    method: 'POST',
    path: '/s3/auditWebhook/enable',
    access: 'ClusterAdmin',
    body: { required: { endpoint: 'text', auth_token: 'text' } },
  },
  { method: 'POST', path: '/s3/auditWebhook/disable', access: 'ClusterAdmin' },
  {
    method: 'GET',
    path: '/events',
    access: 'AnyUser',
    query: {
      type_list: 'text',
      category_list: 'text',
      severity: 'text',
      start_time: 'text',
      end_time: 'text',
      num_results: 'number',
      sort_order: 'order',
      next_token: 'text',
    },
  },
  { method: 'GET', path: '/alerts', access: 'AnyUser', query: { severity: 'text' } },
  { method: 'GET', path: '/alerts/types', access: 'AnyUser' },
  { method: 'GET', path: '/alerts/description', access: 'AnyUser' },
  {
    method: 'GET',
    path: '/stats',
    access: 'AnyUser',
    query: { category: 'text', stat: 'text', interval: 'text', resolution_secs: 'number' },
  },
] as const

/** Method and path of a route in the table: `GET /cluster`. */
export type RouteName = NameOf<(typeof routeTable)[number]>
type NameOf<Route extends DeclaredRoute> = Route extends DeclaredRoute ? `${Route['method']} ${Route['path']}` : never

const routes: readonly DeclaredRoute[] = routeTable

/** @returns undefined for what is not in the table. The path is below `/api/v2`. */
export function declaredRoute(method: string, path: string): DeclaredRoute | undefined {
  return routes.find((route) => route.method === method && route.path === path)
}
