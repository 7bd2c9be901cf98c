import { createHash } from 'node:crypto'

import type { Clock } from '../../../src/kube/clock.ts'
import type { WekaState, WekaUser } from './state.ts'

/** A simulated cluster as it may be shown to anybody. */
export interface WekaStateView {
  readonly cluster: WekaState['cluster']
  /** `tokenSha256` in hexadecimal digits, of the token as stored; null without one. The endpoint is without its query. */
  readonly webhook: {
    readonly endpoint: string
    readonly enabled: boolean
    readonly tokenSha256: string | null
  }
  readonly s3: {
    readonly exists: boolean
    readonly containers: readonly { readonly uid: string; readonly hostname: string; readonly ready: boolean }[]
  }
  /** Whether each listens. */
  readonly backends: readonly boolean[]
  readonly users: readonly Omit<WekaUser, 'password'>[]
  readonly lockout: WekaState['lockout']
  readonly tokenLifetime: WekaState['tokenLifetime']
}

export function viewState(
  state: WekaState,
  { clock, backends }: { readonly clock: Clock; readonly backends: readonly boolean[] },
): WekaStateView {
  const { endpoint, enabled, authToken } = state.audit
  return {
    cluster: { ...state.cluster },
    webhook: {
      endpoint: endpoint.split('?', 1)[0] ?? '',
      enabled,
      tokenSha256: authToken === '' ? null : createHash('sha256').update(authToken).digest('hex'),
    },
    s3: {
      exists: state.s3.exists,
      containers: state.s3.containers.map(({ uid, hostname, readyAt }) => ({
        uid,
        hostname,
        ready: readyAt <= clock.monotonic(),
      })),
    },
    backends,
    users: [...state.users.values()].map(({ username, org, role }) => ({ username, org, role })),
    lockout: { ...state.lockout },
    tokenLifetime: { ...state.tokenLifetime },
  }
}
