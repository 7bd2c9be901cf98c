import type { ProviderError } from '../../providers/provider-error.ts'
import type { DeletionAttempt } from './decide-deletion.ts'
import type { GateRecord } from './gate.ts'
import type { InForce, ObservationInput } from './inputs.ts'
import { noRepairs, type RepairHistory } from './repairs.ts'

/**
 * What this process remembers of one webhook between passes. Losing it costs at most a read of the cluster and, where the
 * cluster hides the token, one apply too many.
 */
export interface WebhookMemory {
  observation: ObservationInput
  /** What the observation was made for; another value means: read again. */
  observationKey: string
  /** Monotonic milliseconds at which to read again at the latest. */
  readDueAt: number
  readFailures: number
  /** The usual rate of events at one node, per minute, as the cluster last told it. */
  eventRate: number | undefined
  inForce: InForce | undefined
  repairs: RepairHistory
  /** The wish (see `wishOf`) whose webhook somebody else changed, while that is not repaired. */
  openDrift: string | undefined
  gate: GateRecord | undefined
  /** Applies that failed in a row. */
  applyFailures: number
  lastApplyError: ProviderError | undefined
  /** Monotonic milliseconds before which a failed apply is not repeated. */
  applyNotBefore: number
  /** The last try to take the webhook off the cluster, which failed. */
  deletionAttempt: DeletionAttempt | undefined
  /** The uid of the deleted resource that needs no more work. */
  releasedUid: string | undefined
}

export function emptyMemory(): WebhookMemory {
  return {
    observation: { state: 'NotRead' },
    observationKey: '',
    readDueAt: 0,
    readFailures: 0,
    eventRate: undefined,
    inForce: undefined,
    repairs: noRepairs,
    openDrift: undefined,
    gate: undefined,
    applyFailures: 0,
    lastApplyError: undefined,
    applyNotBefore: 0,
    deletionAttempt: undefined,
    releasedUid: undefined,
  }
}
