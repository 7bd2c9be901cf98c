import { ApiError, ApiUnreachableError } from './kube/api-error.ts'

/** Why a command could not work with the API server, in one line. */
export function describeFailure(error: unknown): string {
  if (error instanceof ApiError) return `the API server refuses: ${error.message}`
  if (error instanceof ApiUnreachableError) return `the API server cannot be reached: ${error.message}`
  return error instanceof Error ? error.message : 'an unknown error'
}
