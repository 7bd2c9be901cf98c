import { randomBytes } from 'node:crypto'

import { dataReply, jsonReply, type Reply, unauthorized } from './replies.ts'
import { type RouteHandlers, textField, type WekaContext, type WekaRequest } from './route.ts'
import { recordEvent, type WekaUser } from './state.ts'

/** Tokens and failed logins. */
export interface Authentication {
  readonly routes: RouteHandlers<
    | 'POST /login'
    | 'POST /login/refresh'
    | 'GET /users/whoami'
    | 'GET /security/defaultTokensExpiry'
    | 'GET /lockoutPolicy'
  >
  /** The user of a live access token. */
  userOf(authorization: string | undefined): WekaUser | undefined
  /** Ends access tokens, and refresh tokens too when told so. */
  revoke(what: 'AccessTokens' | 'AllTokens'): void
  /** Forgets failed logins and lock-outs. */
  unlock(): void
}

interface Issued {
  readonly username: string
  readonly expiresAt: number
}

/** Login, refresh, lock-out and what else the API says about itself. Users are looked up at each call: a removed one is out. */
export function createAuthentication(context: WekaContext): Authentication {
  const { state, clock, log } = context
  const access = new Map<string, Issued>()
  const refresh = new Map<string, Issued>()
  const failures = new Map<string, number>()
  const lockedUntil = new Map<string, number>()

  function login({ body }: WekaRequest): Reply {
    const username = textField(body, 'username')
    const password = textField(body, 'password')
    const { org = 'Root' } = body
    const lockedFor = (lockedUntil.get(username) ?? 0) - clock.monotonic()
    if (lockedFor > 0) return lockedOut(lockedFor)
    if (lockedUntil.delete(username)) failures.delete(username)

    const user = state.users.get(username)
    if (user?.password !== password || user.org.toLowerCase() !== String(org).toLowerCase()) return fail(username)
    failures.delete(username)
    log.counters.logins++
    recordEvent(state, clock, { type: 'UserLoggedIn', category: 'User', description: 'A user logged in' })
    const data = issue(username, {})
    return dataReply(context.knobs().loginDataAsArray ? [data] : data)
  }

  function fail(username: string): Reply {
    log.counters.failedLogins++
    recordEvent(state, clock, { type: 'UserLoginFailed', category: 'User', description: 'A user failed to log in' })
    const count = (failures.get(username) ?? 0) + 1
    failures.set(username, count)
    if (count >= state.lockout.threshold) {
      lockedUntil.set(username, clock.monotonic() + state.lockout.durationMilliseconds)
    }
    return unauthorized
  }

  function renew({ body }: WekaRequest): Reply {
    const token = textField(body, 'refresh_token')
    const issued = live(refresh, token)
    if (issued === undefined) return unauthorized
    refresh.delete(token)
    log.counters.refreshes++
    return dataReply(
      issue(issued.username, {
        access: numberField(body, 'access_token_expiry'),
        refresh: numberField(body, 'refresh_token_expiry'),
      }),
    )
  }

  function issue(
    username: string,
    wanted: { readonly access?: number | undefined; readonly refresh?: number | undefined },
  ): object {
    const { accessSeconds, refreshSeconds, maximumSeconds } = state.tokenLifetime
    const accessFor = Math.min(wanted.access ?? accessSeconds, maximumSeconds)
    const refreshFor = Math.min(wanted.refresh ?? refreshSeconds, maximumSeconds)
    const tokens = { access: randomBytes(24).toString('base64url'), refresh: randomBytes(24).toString('base64url') }
    access.set(tokens.access, { username, expiresAt: clock.monotonic() + accessFor * 1000 })
    refresh.set(tokens.refresh, { username, expiresAt: clock.monotonic() + refreshFor * 1000 })
    return {
      access_token: tokens.access,
      token_type: 'Bearer',
      expires_in: accessFor,
      refresh_token: tokens.refresh,
      password_change_required: false,
    }
  }

  function live(tokens: Map<string, Issued>, token: string): Issued | undefined {
    const issued = tokens.get(token)
    if (issued === undefined) return undefined
    if (issued.expiresAt > clock.monotonic() && state.users.has(issued.username)) return issued
    tokens.delete(token)
    return undefined
  }

  return {
    userOf(authorization) {
      const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
      const issued = token === undefined ? undefined : live(access, token)
      return issued === undefined ? undefined : state.users.get(issued.username)
    },
    revoke(what) {
      access.clear()
      if (what === 'AllTokens') refresh.clear()
    },
    unlock() {
      failures.clear()
      lockedUntil.clear()
    },
    routes: {
      'POST /login': login,
      'POST /login/refresh': renew,
      'GET /users/whoami': ({ user }) =>
        dataReply({
          org_id: 0,
          username: user?.username,
          uid: '00000000-0000-4000-8000-000000000000',
          source: 'Internal',
          role: user?.role,
          org_name: user?.org,
        }),
      'GET /security/defaultTokensExpiry': () =>
        dataReply({
          access_token_expiry: state.tokenLifetime.accessSeconds,
          refresh_token_expiry: state.tokenLifetime.refreshSeconds,
          max_access_token_expiry: state.tokenLifetime.maximumSeconds,
          max_refresh_token_expiry: state.tokenLifetime.maximumSeconds,
        }),
      'GET /lockoutPolicy': () =>
        dataReply({
          num_failed_logins: state.lockout.threshold,
          lockout_duration: state.lockout.durationMilliseconds / 1000,
        }),
    },
  }
}

/** The wording of a real cluster, as recorded in the tests of WEKA's OpenStack driver. */
function lockedOut(milliseconds: number): Reply {
  const seconds = Math.ceil(milliseconds / 1000)
  const minutes = Math.floor(seconds / 60)
  const left = minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`
  return jsonReply(403, {
    data: `Authentication Failed. User has been locked out for another ${left} due to too many login attempts`,
  })
}

function numberField(body: WekaRequest['body'], name: string): number | undefined {
  const value = body[name]
  return typeof value === 'number' ? value : undefined
}
