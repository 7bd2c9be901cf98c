import type { z } from 'zod'

/**
 * The zod shape that agrees with interface `T` field by field: `z.object({...} satisfies ShapeOf<T>)` does not compile
 * when a field is missing, superfluous, of another type, or optional on one side only. The interfaces are written out
 * because exports carry explicit types; this holds them to the schemas.
 */
export type ShapeOf<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? z.ZodExactOptional<z.ZodType<Exclude<T[K], undefined>>>
    : z.ZodType<T[K]>
}
