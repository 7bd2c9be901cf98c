import { type Condition, removeCondition, setCondition } from '../api/conditions.ts'
import type { ReconcilingReason } from '../api/reasons.ts'

/** How far a resource is from its spec, as kstatus (sigs.k8s.io/cli-utils) reads it. */
export type Progress =
  | { readonly state: 'Current' }
  /** `retrying`: it was tried and did not work yet; else there is no answer yet. */
  | { readonly state: 'InProgress'; readonly retrying: boolean; readonly message: string }
  | { readonly state: 'Stalled'; readonly reason: string; readonly message: string }

/**
 * The conditions with `Reconciling` and `Stalled` set to what `progress` says. Both are present only while True: a False one
 * would be read as "was worked on".
 */
export function withProgress(
  conditions: readonly Condition[],
  progress: Progress,
  options: { readonly observedGeneration: number; readonly now: string },
): readonly Condition[] {
  const { observedGeneration, now } = options
  if (progress.state === 'Current') return removeCondition(removeCondition(conditions, 'Reconciling'), 'Stalled')
  if (progress.state === 'Stalled') {
    return setCondition(
      removeCondition(conditions, 'Reconciling'),
      { type: 'Stalled', status: 'True', reason: progress.reason, message: progress.message, observedGeneration },
      now,
    )
  }
  return setCondition(
    removeCondition(conditions, 'Stalled'),
    {
      type: 'Reconciling',
      status: 'True',
      reason: reconcilingReason(progress.retrying),
      message: progress.message,
      observedGeneration,
    },
    now,
  )
}

function reconcilingReason(retrying: boolean): ReconcilingReason {
  return retrying ? 'ProgressingWithRetry' : 'Progressing'
}
