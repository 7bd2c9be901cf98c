/** Error: it keeps something from working. Warning: it works, and something is not as it should be. Notice: worth to know. */
export type Severity = 'Error' | 'Warning' | 'Notice'

export interface Finding {
  readonly severity: Severity
  /** `S3AuditWebhook namespace/name`, or `Operator`, or `You` for what the user may not see. */
  readonly subject: string
  /** As in conditions, where it is one of theirs. */
  readonly reason: string
  /** What is seen, in one or more sentences. */
  readonly message: string
  /** What to do; absent where the message says it. */
  readonly remedy?: string
}

const rank: Readonly<Record<Severity, number>> = { Error: 0, Warning: 1, Notice: 2 }

/** Worst first; among equals in the order found. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => rank[a.severity] - rank[b.severity])
}
