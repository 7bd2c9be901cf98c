import { findCondition, type Condition } from '../api/conditions.ts'
import type { ObjectMeta } from '../kube/resource.ts'
import type { Check } from './facts.ts'
import type { Finding } from './finding.ts'

/** Makes findings about one resource. */
export type Tell = (severity: Finding['severity'], reason: string, message: string, remedy?: string) => Finding

export function tellOf(subject: string): Tell {
  return (severity, reason, message, remedy) => ({
    severity,
    subject,
    reason,
    message,
    ...(remedy === undefined ? {} : { remedy }),
  })
}

/** What both kinds have in common: deletion, and a generation that was not looked at yet. */
export function examineProgress(
  metadata: ObjectMeta,
  status: { readonly observedGeneration: number } | undefined,
  tell: Tell,
): readonly Finding[] {
  const { deletionTimestamp, finalizers = [], generation = 0 } = metadata
  const observed = status?.observedGeneration ?? -1
  const findings: Finding[] = []
  if (deletionTimestamp !== undefined) {
    findings.push(
      tell(
        'Warning',
        'InDeletion',
        `It was deleted at ${deletionTimestamp} and waits for its finalizers: ${finalizers.join(', ')}.`,
        'The operator takes its own off when it has cleaned up: see its Events and its log.',
      ),
    )
  } else if (observed === -1) {
    findings.push(
      tell(
        'Error',
        'NotSeen',
        'No operator has looked at it yet.',
        'See that an operator runs and watches this namespace.',
      ),
    )
  } else if (observed < generation) {
    findings.push(
      tell(
        'Warning',
        'Behind',
        `The operator has not acted on the last change yet: it has seen generation ${observed} of ${generation}.`,
        'A pass takes seconds, with a slow S3 cluster minutes. If it stays: is the operator running? See its log.',
      ),
    )
  }
  return findings
}

/** A reference of the spec, as it is now. What cannot be seen is told once, of the user. */
export function examineCheck(check: Check | undefined, tell: Tell): readonly Finding[] {
  return check?.state === 'Problem' ? [tell('Error', check.reason, check.message)] : []
}

/**
 * Conditions that are as they should not be, in the words of the operator. A reason that was found anew (`explained`) is not told
 * twice.
 */
export function examineConditions(
  conditions: readonly Condition[],
  rules: readonly (readonly [type: string, severity: Finding['severity']])[],
  explained: ReadonlySet<string>,
  tell: Tell,
): readonly Finding[] {
  return rules.flatMap(([type, severity]) => {
    const condition = findCondition(conditions, type)
    if (condition?.status !== 'False' || explained.has(condition.reason)) return []
    return [
      tell(severity, condition.reason, `${type} is False since ${condition.lastTransitionTime}: ${condition.message}`),
    ]
  })
}

/** Warnings that explain why `Ready` is not True. */
const waitReasons: readonly string[] = ['Behind', 'InDeletion', 'Suspended']

/** What `Ready` says, where nothing else that was found says why it is not True. */
export function examineReady(
  conditions: readonly Condition[],
  found: readonly Finding[],
  tell: Tell,
): readonly Finding[] {
  const ready = findCondition(conditions, 'Ready')
  if (ready === undefined || ready.status === 'True') return []
  if (found.some(({ severity, reason }) => severity === 'Error' || waitReasons.includes(reason))) return []
  return [tell('Error', ready.reason, `Ready is ${ready.status} since ${ready.lastTransitionTime}: ${ready.message}`)]
}
