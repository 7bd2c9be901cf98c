import { z } from 'zod'

import { ApiError } from './api-error.ts'

/** metav1.Status, lenient: a field of the wrong type counts as absent. */
const statusSchema = z.object({
  kind: z.literal('Status'),
  message: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
  code: z.number().int().optional().catch(undefined),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      retryAfterSeconds: z.number().nonnegative().optional(),
      causes: z
        .array(
          z.object({ reason: z.string().optional(), message: z.string().optional(), field: z.string().optional() }),
        )
        .optional(),
    })
    .optional()
    .catch(undefined),
})

const maximumMessageLength = 1024

/** @param subject what was asked, for answers that say nothing themselves: method and path. */
export interface StatusContext {
  readonly status: number
  readonly subject: string
  /** From the Retry-After header. */
  readonly retryAfterMilliseconds?: number | undefined
}

/**
 * The error for an answer that is no success. Only the words of a metav1.Status are taken over, cut to 1 KiB: an answer of a proxy
 * in between is not quoted.
 */
export function statusError(body: unknown, context: StatusContext): ApiError {
  const status = statusSchema.safeParse(body).data
  const seconds = status?.details?.retryAfterSeconds ?? 0
  const code = status?.code ?? context.status
  const message = status?.message ?? ''
  return new ApiError({
    status: code,
    reason: status?.reason ?? 'Unknown',
    message: message === '' ? `${context.subject}: the answer was ${code}` : message.slice(0, maximumMessageLength),
    details: status?.details,
    retryAfterMilliseconds: context.retryAfterMilliseconds ?? (seconds === 0 ? undefined : seconds * 1000),
  })
}

/** Seconds of a Retry-After header in milliseconds; the API server sends no dates. */
export function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined
}
