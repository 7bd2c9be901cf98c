import type { ConformanceBackend } from './provider-harness.ts'
import { conformanceCases } from './provider-suite.ts'

/** What the page in docs says of a case: a run that does not agree fails. */
export type ConformanceResult =
  | { readonly state: 'Passes' }
  | { readonly state: 'NotApplicable'; readonly reason: string }

/** The result of every case by its name, in the order of the suite. Pure. */
export function conformanceResults(backend: Pick<ConformanceBackend, 'lacks'>): ReadonlyMap<string, ConformanceResult> {
  return new Map(
    conformanceCases.map(({ name, needs = [] }) => {
      const reason = needs.map((need) => backend.lacks[need]).find((text) => text !== undefined)
      return [name, reason === undefined ? { state: 'Passes' } : { state: 'NotApplicable', reason }]
    }),
  )
}
