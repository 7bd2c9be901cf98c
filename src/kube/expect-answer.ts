import type { z } from 'zod'

import { ApiUnreachableError } from './api-error.ts'

/**
 * An answer of the API server as the schema has it.
 * @param what it should be, for the message: 'list'.
 * @throws ApiUnreachableError with code InvalidResponse when it is something else.
 */
export function expectAnswer<T>(schema: z.ZodType<T>, answer: unknown, path: string, what: string): T {
  const parsed = schema.safeParse(answer)
  if (!parsed.success) throw new ApiUnreachableError('InvalidResponse', `${path}: the answer is no ${what}`)
  return parsed.data
}
