export interface LoggedRequest {
  readonly time: string
  readonly backend: number
  readonly method: string
  readonly path: string
  /** 0: no answer was given. */
  readonly status: number
  /** The user that the access token belongs to. */
  readonly user: string | undefined
  /** Secrets are replaced before they get here; undefined for a request that the route table does not allow. */
  readonly body: Readonly<Record<string, unknown>> | undefined
}

/** A request that the route table does not allow. It was refused. */
export interface Violation {
  readonly time: string
  readonly backend: number
  readonly method: string
  readonly path: string
  /** A clause without any value of the request. */
  readonly what: string
}

/** Calls that took effect, and calls that were turned away. */
export interface WekaCounters {
  logins: number
  failedLogins: number
  refreshes: number
  enables: number
  disables: number
  gets: number
  readonly requestsPerBackend: number[]
}

export interface RequestLog {
  readonly counters: WekaCounters
  add(request: LoggedRequest): void
  violate(violation: Violation): void
  /** The newest ones, oldest first. */
  list(): readonly LoggedRequest[]
  /** The oldest ones, oldest first. */
  violations(): readonly Violation[]
  /** Forgets requests and counters. Violations stay. */
  clear(): void
  forgetViolations(): void
}

const maximumRequests = 2_000
const maximumViolations = 200

export function createRequestLog(backends: number): RequestLog {
  const requests: LoggedRequest[] = []
  const violations: Violation[] = []
  const counters: WekaCounters = {
    logins: 0,
    failedLogins: 0,
    refreshes: 0,
    enables: 0,
    disables: 0,
    gets: 0,
    requestsPerBackend: Array.from({ length: backends }, () => 0),
  }
  return {
    counters,
    add(request) {
      counters.requestsPerBackend[request.backend] = (counters.requestsPerBackend[request.backend] ?? 0) + 1
      requests.push(request)
      if (requests.length > maximumRequests) requests.shift()
    },
    violate(violation) {
      if (violations.length < maximumViolations) violations.push(violation)
    },
    list: () => [...requests],
    violations: () => [...violations],
    clear() {
      requests.length = 0
      Object.assign(counters, { logins: 0, failedLogins: 0, refreshes: 0, enables: 0, disables: 0, gets: 0 })
      counters.requestsPerBackend.fill(0)
    },
    forgetViolations() {
      violations.length = 0
    },
  }
}

const secretFields: ReadonlySet<string> = new Set(['password', 'auth_token', 'refresh_token'])

/** The body without passwords and tokens; the query of an endpoint can hold keys and goes too. */
export function redacted(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => {
      if (secretFields.has(key)) return [key, '[redacted]']
      return [key, key === 'endpoint' && typeof value === 'string' ? value.split('?', 1)[0] : value]
    }),
  )
}
