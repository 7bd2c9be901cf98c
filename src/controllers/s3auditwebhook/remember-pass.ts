import type { S3AuditWebhook } from '../../api/s3-audit-webhook.ts'
import type { DesiredWebhook } from '../../providers/provider.ts'
import type { ApplyOutcome } from './act.ts'
import type { Decision } from './decide.ts'
import type { InForce, ObservationInput, TokenInput, WebhookInputs } from './inputs.ts'
import type { WebhookMemory } from './memory.ts'
import { recordRepair } from './repairs.ts'

/** Equal as long as a difference between the spec and the cluster cannot be of the user's making. */
export function wishOf({ metadata }: S3AuditWebhook, token: TokenInput): string {
  return JSON.stringify([metadata.uid, metadata.generation, token.state === 'Ready' ? token.source : token.state])
}

/**
 * Keeps what the next passes need to know of this one: repairs, a drift that is still there, and what was found in force.
 * @returns whether an episode of drift began: from the first sight of a change that somebody else made until all is as desired.
 */
export function rememberPass(
  memory: Pick<WebhookMemory, 'observation' | 'repairs' | 'openDrift' | 'inForce'>,
  pass: {
    readonly inputs: WebhookInputs
    readonly decision: Decision
    readonly outcome: ApplyOutcome | undefined
    /** Milliseconds since the epoch: an apply can take a minute, and the delay before the next one counts from its end. */
    readonly now: number
  },
): { readonly driftBegan: boolean } {
  const { inputs, decision, outcome, now } = pass
  const driftBegan = decision.drifted && memory.openDrift === undefined
  const isInForce = decision.status === 'True' && (decision.action.kind === 'None' || outcome?.state === 'Applied')
  if (decision.drifted && outcome?.state === 'Applied') memory.repairs = recordRepair(memory.repairs, now)
  if (isInForce) memory.openDrift = undefined
  else if (decision.drifted) memory.openDrift = wishOf(inputs.resource, inputs.token)

  // Where the cluster hides the token, its value tells later that a Secret was only touched. Observe compares no hidden token.
  const { desired, spec } = inputs
  if (isInForce && desired?.enabled === true && spec.managementPolicy === 'Manage') {
    memory.inForce = inForce(desired, memory.observation)
  }
  return { driftBegan }
}

/** The token as the cluster showed it, where it did: that one is remembered anyway. */
function inForce({ endpoint, authorization }: DesiredWebhook, observation: ObservationInput): InForce {
  const found = observation.state === 'Read' ? observation.webhook : undefined
  const token = found?.state === 'Present' && found.token.kind === 'Shown' ? found.token.value : undefined
  return { endpoint, authorization: token?.equals(authorization) === true ? token : authorization }
}
