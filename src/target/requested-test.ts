import type { Verdict } from './verdict.ts'

/** The answer to somebody who asked for a test. */
export interface RequestedTest {
  readonly passed: boolean
  /** Level by level what came back, and in the end what the last one means and what to do. */
  readonly summary: string
}

export function requestedTest(verdicts: readonly Verdict[]): RequestedTest {
  const last = verdicts.at(-1)
  return {
    passed: last?.class === 'ok' || last?.class === 'warning',
    summary: `${verdicts.map(inShort).join('; ')}. ${last?.message ?? 'Nothing could be tested.'}`,
  }
}

function inShort({ level, class: verdictClass, reason, httpStatus, hecCode }: Verdict): string {
  const answer = [
    ...(httpStatus === undefined ? [] : [`HTTP ${httpStatus}`]),
    ...(hecCode === undefined ? [] : [`HEC code ${hecCode}`]),
  ]
  return `${level} ${verdictClass} ${reason}${answer.length === 0 ? '' : ` (${answer.join(', ')})`}`
}
