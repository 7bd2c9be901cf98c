/** Why a call to an S3 cluster failed, in the words of the conditions. */
export type ProviderErrorCode =
  | 'EndpointNotAllowed'
  | 'ClusterUnreachable'
  | 'TLSUntrusted'
  | 'CredentialsRejected'
  | 'CredentialsLockedOut'
  | 'PermissionDenied'
  | 'S3NotRunning'
  | 'ProviderMismatch'
  | 'InvalidSpec'
  | 'ApplyFailed'

export interface ProviderErrorOptions extends ErrorOptions {
  /** Not to be repeated sooner. */
  readonly retryAfterMilliseconds?: number
}

/**
 * A failed call to an S3 cluster. The message says what was asked, of which host, what came back and what to do;
 * it never holds a credential, a token, a query string or text from the answer's body.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError'
  readonly code: ProviderErrorCode
  readonly retryAfterMilliseconds: number | undefined

  constructor(code: ProviderErrorCode, message: string, options?: ProviderErrorOptions) {
    super(message, options)
    this.code = code
    this.retryAfterMilliseconds = options?.retryAfterMilliseconds
  }
}
