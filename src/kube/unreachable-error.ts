import { errors } from 'undici'

import { ApiUnreachableError, type ApiUnreachableCode } from './api-error.ts'

const connectSyscalls: readonly unknown[] = ['connect', 'getaddrinfo']

/**
 * What undici, a socket or TLS threw, as an ApiUnreachableError; one that is that already stays.
 * @param subject method, path and host. The system's code is added; texts of other origin stand in `cause` only.
 */
export function unreachableError(error: unknown, subject: string): ApiUnreachableError {
  if (error instanceof ApiUnreachableError) return error
  const code = systemCode(error)
  return new ApiUnreachableError(kindOf(error, code), `${subject}: ${code}`, { cause: error })
}

function kindOf(error: unknown, code: string): ApiUnreachableCode {
  if (error instanceof errors.ConnectTimeoutError) return 'ConnectFailed'
  if (error instanceof errors.HTTPParserError) return 'InvalidResponse'
  if (isObject(error) && connectSyscalls.includes(error['syscall'])) return 'ConnectFailed'
  if (error instanceof AggregateError && error.errors.length > 0) return kindOf(error.errors[0], code)
  return /CERT|SIGNATURE|ISSUER|^ERR_(TLS|SSL)|^EPROTO$/.test(code) ? 'ConnectFailed' : 'Interrupted'
}

function systemCode(error: unknown): string {
  const code = isObject(error) ? error['code'] : undefined
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown error'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
