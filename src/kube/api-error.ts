/** What in particular is wrong with which object, as far as the server says it: `details` of a metav1.Status. */
export interface StatusDetails {
  readonly name?: string | undefined
  readonly kind?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly causes?: readonly StatusCause[] | undefined
}

export interface StatusCause {
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly field?: string | undefined
}

/**
 * The API server refused. `message` is the server's own (metav1.Status), bounded; it never holds what we sent as credentials.
 * `reason` is the Status reason (`NotFound`, `Conflict`, `Expired`, ...) or `Unknown` when the answer was no Status.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status, or the `code` of a Status that came inside a watch. */
  readonly status: number
  readonly reason: string
  readonly details: StatusDetails | undefined
  /** The server's wish, from the Retry-After header or the details. */
  readonly retryAfterMilliseconds: number | undefined

  constructor(options: {
    readonly status: number
    readonly reason: string
    readonly message: string
    readonly details?: StatusDetails | undefined
    readonly retryAfterMilliseconds?: number | undefined
  }) {
    super(options.message)
    this.status = options.status
    this.reason = options.reason
    this.details = options.details
    this.retryAfterMilliseconds = options.retryAfterMilliseconds
  }
}

/**
 * Why no usable answer came:
 * - `ConnectFailed`: name, connection or TLS handshake
 * - `Interrupted`: the connection ended before the answer did
 * - `Timeout`: the time for the exchange ran out
 * - `Silent`: an open stream brought nothing for too long
 * - `ResponseTooLarge`, `InvalidResponse`: the answer broke a bound or was not what the API promises
 * - `CredentialsUnavailable`: token file, certificate or credential plugin could not be read
 */
export type ApiUnreachableCode =
  | 'ConnectFailed'
  | 'Interrupted'
  | 'Timeout'
  | 'Silent'
  | 'ResponseTooLarge'
  | 'InvalidResponse'
  | 'CredentialsUnavailable'

/**
 * The API server gave no usable answer. Whether a write took effect is unknown.
 * The message names method and path, never a query, a header or a body.
 */
export class ApiUnreachableError extends Error {
  override readonly name = 'ApiUnreachableError'
  readonly code: ApiUnreachableCode

  constructor(code: ApiUnreachableCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The object or the resource does not exist (404). */
export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404
}

/**
 * The API server knows who asks and refuses (403): a right is missing, or a policy or quota is in the way. The message names it.
 * False where nothing can be granted: nobody may make anything in a namespace that goes.
 */
export function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 403 && !isNamespaceTerminating(error)
}

/** Nobody may make anything in a namespace that goes (403). */
export function isNamespaceTerminating(error: unknown): error is ApiError {
  return error instanceof ApiError && hasCause(error, 'NamespaceTerminating')
}

/** The object exists already (409 AlreadyExists). */
export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists'
}

/** Another writer was faster, a precondition failed or a field is owned by another manager (409, but not AlreadyExists). */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists'
}

/** The resourceVersion or continue token is too old (410 Gone or reason Expired): list again. */
export function isExpired(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone')
}

/** The server is asked for a resourceVersion it has not reached, as after a restore of etcd: list again without one. */
export function isResourceVersionTooLarge(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || error.status !== 504) return false
  return hasCause(error, 'ResourceVersionTooLarge') || error.message.includes('Too large resource version')
}

function hasCause({ details }: ApiError, reason: string): boolean {
  return details?.causes?.some((cause) => cause.reason === reason) === true
}
