import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import { sleep } from '../../kube/sleep.ts'
import type { HttpClient, HttpResponse } from '../../net/http-client.ts'
import { TransportError } from '../../net/transport-error.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../provider-error.ts'
import { statusOfError } from './answers.ts'
import { type EndpointFailure, neverArrived, unreachableError } from './endpoint-failures.ts'

export interface ManagementApiOptions {
  /** Base URLs; at least one. */
  readonly endpoints: readonly URL[]
  readonly httpClient: HttpClient
  /** For a call, over all endpoints that it is sent to; but each of them may take 20 seconds when this allows it. */
  readonly requestTimeoutMilliseconds: number
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger | undefined
  readonly memory: EndpointMemory
}

/** What one call leaves to the next. */
export interface EndpointMemory {
  /** Index of the endpoint that is asked first. */
  preferred: number
}

export interface ApiCall {
  readonly method: 'GET' | 'POST'
  /** Below `/api/v2`. */
  readonly path: string
  readonly body?: Readonly<Record<string, string>>
  readonly accessToken?: Secret
  /**
   * False for what changes the cluster: then a request that may have arrived is not sent again. A function is asked each time that
   * no answer came to a request that may have arrived.
   */
  readonly repeatable: boolean | (() => boolean)
}

/** A JSON body and what it means. */
export interface ApiAnswer {
  /** Below 500 and not 429. An error that came with the status of a success has that of its kind: 400, 401 or 403. */
  readonly status: number
  readonly body: unknown
  /** Of the endpoint that answered, with its port. */
  readonly host: string
}

/**
 * The request may have taken effect. `error` is what the caller fails with when it did not. `Interrupted`: the endpoint went away
 * or was away, and another try makes sense; `Pending`: the cluster may still be at work on it; `Failed`: it answered with an error.
 */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome'
  readonly error: ProviderError
  readonly state: 'Interrupted' | 'Pending' | 'Failed'

  constructor(error: ProviderError, state: UnknownOutcome['state']) {
    super(error.message, { cause: error })
    this.error = error
    this.state = state
  }
}

/** One way to the management API, whichever endpoint answers. */
export interface ManagementApi {
  /** @throws ProviderError, UnknownOutcome when not `repeatable`, or the signal's reason. */
  call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer>
}

const maximumBodyBytes = 256 * 1024
/** As WEKA's CSI driver: so many tries, about a second between two on the same endpoint. */
const maximumTries = 5
const pauseMilliseconds = 1_000
/** What each endpoint is allowed at least: that of a busy cluster, not of a change. */
const shareMilliseconds = 20_000
const maximumThrottledRetries = 3
const maximumRetryAfterMilliseconds = 30_000

/** The first call goes to an endpoint taken at random. @throws RangeError without endpoints. */
export function newEndpointMemory(endpoints: number, random: () => number): EndpointMemory {
  if (endpoints === 0) throw new RangeError('A WEKA cluster needs at least one endpoint')
  return { preferred: Math.floor(random() * endpoints) }
}

/** Calls go to the endpoint that answered last. Another one serves on a transport error, a time-out, 502, 503 or 504. */
export function createManagementApi(options: ManagementApiOptions): ManagementApi {
  const { endpoints, httpClient, requestTimeoutMilliseconds, clock, random, logger, memory } = options
  // Endpoints that take a request and never answer must not hold a call for the sum of their time-outs.
  const share = Math.max(
    requestTimeoutMilliseconds / Math.min(endpoints.length, maximumTries),
    Math.min(requestTimeoutMilliseconds, shareMilliseconds),
  )

  /** @returns the answer, or why there is none and another endpoint is to be asked. */
  async function attempt(url: URL, call: ApiCall, signal: AbortSignal): Promise<HttpResponse | TransportError> {
    try {
      return await httpClient.request({
        method: call.method,
        url: new URL(`${url.pathname.replace(/\/+$/, '')}/api/v2${call.path}`, url),
        headers: {
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(call.accessToken === undefined
            ? {}
            : { authorization: new Secret(`Bearer ${call.accessToken.reveal()}`) }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        timeoutMilliseconds: call.repeatable === false ? requestTimeoutMilliseconds : share,
        maximumBodyBytes,
        signal,
      })
    } catch (error) {
      if (error instanceof TransportError) return error
      throw error
    }
  }

  return {
    async call(call, signal) {
      const failures: EndpointFailure[] = []
      let throttled = 0
      const tries = Math.min(Math.max(endpoints.length, 2), maximumTries)
      const first = memory.preferred
      while (failures.length < tries) {
        const index = (first + failures.length) % endpoints.length
        const url = endpoints[index]
        if (url === undefined) break
        const { host } = url
        const result = await attempt(url, call, signal)
        if (!(result instanceof TransportError)) {
          if (result.status === 429) {
            const wait = throttleDelay(result, throttled, random)
            if (++throttled > maximumThrottledRetries || wait > maximumRetryAfterMilliseconds) {
              throw throttledError(host, wait)
            }
            await sleep(clock, wait, signal)
            continue
          }
          if (result.status < 500) {
            memory.preferred = index
            return parsed(result, host, call)
          }
        }
        const cause = result instanceof TransportError ? result : { status: result.status }
        logger?.debug({ host, path: call.path, cause: wordOf(cause) }, 'WEKA endpoint did not serve')
        failures.push({ host, cause })
        // Also for the calls to come, whatever becomes of this one.
        memory.preferred = (index + 1) % endpoints.length
        const unanswered = cause instanceof TransportError && !neverArrived(cause)
        if (call.repeatable === false && (unanswered || !(cause instanceof TransportError))) {
          throw new UnknownOutcome(finalError(failures, endpoints), outcomeState(cause))
        }
        if (unanswered && typeof call.repeatable === 'function' && !call.repeatable()) break
        if (isFinal(cause, endpoints.length) || failures.length === tries) break
        if (endpoints.length === 1) await sleep(clock, pauseMilliseconds * (1 + random()), signal)
      }
      throw finalError(failures, endpoints)
    },
  }
}

/** What a gateway, or a backend on its way up or down, answers. */
const passingStatuses: ReadonlySet<number> = new Set([502, 503, 504])

function outcomeState(cause: EndpointFailure['cause']): UnknownOutcome['state'] {
  if (!(cause instanceof TransportError)) return passingStatuses.has(cause.status) ? 'Interrupted' : 'Failed'
  return cause.code === 'ResponseTimeout' ? 'Pending' : 'Interrupted'
}

/** Whether trying again at once is of no use. A lone endpoint is asked again only when it broke off or asked for it. */
function isFinal(cause: EndpointFailure['cause'], endpoints: number): boolean {
  if (!(cause instanceof TransportError)) return !passingStatuses.has(cause.status)
  return endpoints === 1 && cause.code !== 'ConnectionReset'
}

function finalError(failures: readonly EndpointFailure[], endpoints: readonly URL[]): ProviderError {
  const last = failures.at(-1)
  if (last !== undefined && !(last.cause instanceof TransportError) && isFinal(last.cause, endpoints.length)) {
    return new ProviderError(
      'ClusterUnreachable',
      `The WEKA cluster at ${last.host} failed with status ${last.cause.status}. Look at the cluster's state and events.`,
    )
  }
  return unreachableError(failures, endpoints)
}

/** Every answer of WEKA is JSON, errors included: anything else comes from somebody else. */
function parsed(response: HttpResponse, host: string, call: ApiCall): ApiAnswer {
  const { status } = response
  if (status >= 200 && (status < 300 || status >= 400)) {
    try {
      const body: unknown = JSON.parse(new TextDecoder().decode(response.body))
      return { status: status < 300 ? (statusOfError(body) ?? status) : status, host, body }
    } catch {
      // Told below, without the text.
    }
  }
  const error = new ProviderError(
    'ProviderMismatch',
    `${host} answered with status ${status} and not as WEKA's management API does. Check host and port of the endpoints, and proxies on the way.`,
  )
  throw call.repeatable !== false || status >= 300 ? error : new UnknownOutcome(error, 'Failed')
}

function throttleDelay(response: HttpResponse, retries: number, random: () => number): number {
  const seconds = Number(response.headers['retry-after'])
  const wish = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0
  return Math.max(wish, pauseMilliseconds * 2 ** retries) * (1 + random() / 4)
}

function throttledError(host: string, retryAfterMilliseconds: number): ProviderError {
  return new ProviderError(
    'ClusterUnreachable',
    `The WEKA cluster at ${host} answers that it gets too many requests (429). Reduce the load on its management API.`,
    { retryAfterMilliseconds: Math.min(retryAfterMilliseconds, 600_000) },
  )
}

function wordOf(cause: EndpointFailure['cause']): string {
  return cause instanceof TransportError ? cause.code : String(cause.status)
}
