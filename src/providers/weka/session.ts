import { abortable } from '../../kube/abortable.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../provider-error.ts'
import { lockoutMilliseconds, parseAnswer, type TokenAnswer, tokenAnswer, whoamiAnswer } from './answers.ts'
import type { WekaCredentials } from './credentials.ts'
import type { ApiAnswer, ManagementApi } from './management-api.ts'

/** A login that holds. */
export interface Session {
  readonly accessToken: Secret
  /** Undefined when the cluster does not tell. */
  readonly role: string | undefined
}

/** The one session that all calls to a cluster share. */
export interface SessionHolder extends Disposable {
  /**
   * The session, renewed when it is about to end. Callers that come meanwhile wait for the same login.
   * @throws ProviderError, or the signal's reason.
   */
  get(signal: AbortSignal): Promise<Session>
  /** Says that the cluster no longer takes this session; the next `get` logs in. Harmless when another one is in use already. */
  discard(session: Session): void
}

export interface LiveSession extends Session {
  readonly refreshToken: Secret | undefined
  /** Monotonic time from which on it is renewed. */
  readonly renewAt: number
}

/** What holders of one session share, and one call leaves to the next. */
export interface SessionMemory {
  current: LiveSession | undefined
  renewing: Promise<LiveSession> | undefined
  /** Of the renewal under way; made for each, as a signal for each idle cluster would be megabytes. */
  lifetime: AbortController | undefined
  closed: ProviderError | undefined
  blocked: { readonly until: number; readonly error: ProviderError } | undefined
  /** Rejected logins in a row. */
  rejections: number
  /** Whether the credentials ever worked. */
  proved: boolean
  /** Monotonic times of logins without an answer: each may have been a failed one. */
  unanswered: readonly number[]
}

/** One for all of those that were always answered. */
const noTimes: readonly number[] = []

export function newSessionMemory(): SessionMemory {
  return {
    current: undefined,
    renewing: undefined,
    lifetime: undefined,
    closed: undefined,
    blocked: undefined,
    rejections: 0,
    proved: false,
    unanswered: noTimes,
  }
}

/** WEKA's tokens live so long unless they say otherwise. */
const defaultExpirySeconds = 300
const renewEarlyMilliseconds = 30_000
/** WEKA counts failed logins (5) and then locks the account for 2 minutes; both can be configured. */
const lockoutMarginMilliseconds = 5_000
const rejectedMilliseconds = 120_000 + lockoutMarginMilliseconds
/** Each failed login brings the account nearer to its lock, and nothing says that old ones are forgotten. */
const maximumRejectedMilliseconds = 30 * 60_000
const maximumUnanswered = 2

/**
 * A login that failed is not tried again until the cluster's lock-out would have ended, and then four times as long each time, up to
 * half an hour: until then every call fails at once with the same error. Changed credentials come with a new holder, which tries them at once.
 */
export function createSessionHolder(options: {
  readonly api: ManagementApi
  readonly credentials: WekaCredentials
  readonly clock: Clock
  readonly logger: Logger | undefined
  readonly memory: SessionMemory
}): SessionHolder {
  const { api, credentials, clock, logger, memory } = options

  async function renew(previous: LiveSession | undefined): Promise<LiveSession> {
    const refreshed = previous?.refreshToken === undefined ? undefined : await refresh(previous.refreshToken)
    const tokens = refreshed ?? (await login())
    // Asked each time: an account that was given another role needs no new login.
    const role = await roleOf(new Secret(tokens.access_token))
    if (refreshed === undefined) logger?.info({ role }, 'Logged in to the WEKA cluster')
    return liveSession(tokens, role)
  }

  function lifetimeSignal(): AbortSignal {
    if (memory.closed !== undefined) throw memory.closed
    return (memory.lifetime ??= new AbortController()).signal
  }

  /** @returns undefined when a login is needed. */
  async function refresh(token: Secret): Promise<TokenAnswer | undefined> {
    const body = { refresh_token: token.reveal() }
    try {
      const answer = await api.call(
        { method: 'POST', path: '/login/refresh', body, repeatable: true },
        lifetimeSignal(),
      )
      return answer.status === 200 ? parseAnswer(tokenAnswer, answer.body) : undefined
    } catch (error) {
      // The next try is a login: a route that keeps failing must not keep the session from beginning anew.
      memory.current = undefined
      throw error
    }
  }

  async function login(): Promise<TokenAnswer> {
    const wait = (memory.blocked?.until ?? 0) - clock.monotonic()
    if (memory.blocked !== undefined && wait > 0) throw withRetryAfter(memory.blocked.error, wait)
    const { username, password, organization } = credentials
    const body = { username, password: password.reveal(), org: organization }
    const answer = await sendLogin(body)
    if (answer.status === 200) {
      const tokens = parseAnswer(tokenAnswer, answer.body)
      if (tokens === undefined) throw mismatch(answer)
      memory.blocked = undefined
      memory.rejections = 0
      memory.proved = true
      return tokens
    }
    const error = loginError(answer, memory.rejections)
    if (error.code === 'CredentialsRejected') memory.rejections++
    if (error.retryAfterMilliseconds !== undefined) {
      memory.blocked = { until: clock.monotonic() + error.retryAfterMilliseconds, error }
      logger?.warn({ reason: error.code, status: answer.status }, 'The WEKA cluster refused the login')
    }
    throw error
  }

  /** With credentials that never worked, no more than two go unanswered within a lock-out. */
  async function sendLogin(body: Readonly<Record<string, string>>): Promise<ApiAnswer> {
    const mayRepeat = (): boolean => {
      const now = clock.monotonic()
      memory.unanswered = [...memory.unanswered.filter((time) => now - time < rejectedMilliseconds), now]
      return memory.unanswered.length < maximumUnanswered
    }
    try {
      const repeatable = memory.proved || mayRepeat
      return await api.call({ method: 'POST', path: '/login', body, repeatable }, lifetimeSignal())
    } catch (error) {
      const [oldest = 0] = memory.unanswered
      if (!memory.proved && error instanceof ProviderError && memory.unanswered.length >= maximumUnanswered) {
        memory.blocked = { until: oldest + rejectedMilliseconds, error }
        throw withRetryAfter(error, memory.blocked.until - clock.monotonic())
      }
      throw error
    }
  }

  /** Of use for better messages only: a cluster that does not tell is no failure. */
  async function roleOf(accessToken: Secret): Promise<string | undefined> {
    try {
      const call = { method: 'GET', path: '/users/whoami', accessToken, repeatable: true } as const
      const answer = await api.call(call, lifetimeSignal())
      return answer.status === 200 ? parseAnswer(whoamiAnswer, answer.body)?.role : undefined
    } catch (error) {
      if (memory.closed !== undefined || !(error instanceof ProviderError)) throw error
      return undefined
    }
  }

  function liveSession(tokens: TokenAnswer, role: string | undefined): LiveSession {
    const lifetimeMilliseconds = (tokens.expires_in ?? defaultExpirySeconds) * 1000
    const early = Math.min(renewEarlyMilliseconds, lifetimeMilliseconds / 2)
    return {
      accessToken: new Secret(tokens.access_token),
      refreshToken: tokens.refresh_token === undefined ? undefined : new Secret(tokens.refresh_token),
      renewAt: clock.monotonic() + lifetimeMilliseconds - early,
      role,
    }
  }

  return {
    async get(signal) {
      signal.throwIfAborted()
      if (memory.closed !== undefined) throw memory.closed
      if (memory.current !== undefined && clock.monotonic() < memory.current.renewAt) return memory.current
      // It runs on behalf of all who wait, so that no single caller's signal ends it.
      memory.renewing ??= renew(memory.current)
        .then((session) => (memory.current = session))
        .finally(() => (memory.renewing = memory.lifetime = undefined))
      return abortable(memory.renewing, signal)
    },
    discard(session) {
      if (memory.current === session) memory.current = undefined
    },
    [Symbol.dispose]() {
      memory.current = undefined
      memory.closed = new ProviderError(
        'ClusterUnreachable',
        'The connection to the WEKA cluster was closed, as its settings changed.',
      )
      memory.lifetime?.abort(memory.closed)
    },
  }
}

/** `retryAfterMilliseconds` marks answers that count as a failed login. @param rejections before this one, in a row */
function loginError(answer: ApiAnswer, rejections: number): ProviderError {
  const { status, host, body } = answer
  const lockedFor = lockoutMilliseconds(body)
  if (lockedFor !== undefined) {
    return new ProviderError(
      'CredentialsLockedOut',
      `The WEKA cluster at ${host} has locked the account after too many failed logins. Check user name and password in the Secret, and who else uses the account; the login is tried again when the lock ends, and at once when the Secret changes.`,
      { retryAfterMilliseconds: lockedFor + lockoutMarginMilliseconds },
    )
  }
  if (status === 400 || status === 401 || status === 403) {
    return new ProviderError(
      'CredentialsRejected',
      `The WEKA cluster at ${host} refused the login with status ${status}. Correct 'username', 'password' and 'organization' in the Secret; it is tried again at once when the Secret changes.`,
      { retryAfterMilliseconds: Math.min(rejectedMilliseconds * 4 ** rejections, maximumRejectedMilliseconds) },
    )
  }
  return mismatch(answer)
}

function mismatch({ host, status }: ApiAnswer): ProviderError {
  return new ProviderError(
    'ProviderMismatch',
    `${host} answered a login with status ${status} and not as WEKA's management API (version 2) does. Check host and port of the endpoints and the type of the cluster.`,
  )
}

function withRetryAfter(error: ProviderError, retryAfterMilliseconds: number): ProviderError {
  return new ProviderError(error.code, error.message, { cause: error, retryAfterMilliseconds })
}
