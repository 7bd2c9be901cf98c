import { z } from 'zod'

/** An integer of the width Kubernetes calls int32, with both bounds in the schema. */
export function int32(minimum: number, maximum: number): z.ZodNumber {
  return z.int().min(minimum).max(maximum).meta({ format: 'int32' })
}

/** A count that may outgrow int32. Its upper bound is the largest integer that JSON readers agree on. */
export function int64(minimum: number): z.ZodNumber {
  return z.int().min(minimum).max(Number.MAX_SAFE_INTEGER).meta({ format: 'int64' })
}

/** RFC 3339, as the API server checks `format: date-time`. */
export function timestamp(): z.ZodString {
  return z.string().max(64).meta({ format: 'date-time' })
}

/** Name of an object of the same namespace: a DNS-1123 subdomain. */
export function objectName(): z.ZodString {
  return z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/u,
      'must be a DNS-1123 subdomain: lower case letters, digits, `-` and `.`',
    )
}

/** Key in the data of a Secret or ConfigMap. */
export function dataKey(): z.ZodString {
  return z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/u, 'must be a key of a Secret or ConfigMap: letters, digits, `-`, `_` and `.`')
}
