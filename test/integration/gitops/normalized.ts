import { stringify } from 'yaml'

import type { Version } from './watch-versions.ts'

const dropped: ReadonlySet<string> = new Set(['managedFields', 'annotations'])
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u
const uuid = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gu

/**
 * A version as YAML, with the same times, ids and names in every run.
 * @param names pairs of what this run calls something, and what it is to be called.
 */
export function normalized(version: Version, names: readonly (readonly [string, string])[]): string {
  const text = (value: string): string => {
    if (time.test(value)) return '2026-01-01T00:00:00Z'
    const named = names.reduce((shown, [ours, shownAs]) => shown.replaceAll(ours, shownAs), value)
    return named.replaceAll(uuid, '00000000-0000-4000-8000-000000000000')
  }
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    const kept = Object.entries(value).filter(([key]) => !dropped.has(key))
    return Object.fromEntries(kept.map(([key, inner]) => [key, key === 'resourceVersion' ? '1' : walk(inner)]))
  }
  return stringify(walk(version), { lineWidth: 0, sortMapEntries: true, singleQuote: true })
}
