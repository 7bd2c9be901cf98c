import type { DesiredWebhook, ObservedWebhook } from '../../providers/provider.ts'
import type { InForce, TokenSource } from './inputs.ts'

/** What status remembers of the last apply. */
export interface AppliedRecord {
  readonly endpoint: string
  readonly enabled: boolean
  readonly tokenSecret?: TokenSource | undefined
}

/** What is known of the token on the cluster besides what the cluster shows. */
export interface TokenKnowledge {
  readonly inForce: InForce | undefined
  readonly applied: AppliedRecord | undefined
  readonly source: TokenSource | undefined
}

/**
 * The parts of the webhook that are not as desired, in the words of the spec; empty when nothing is to be written.
 * A webhook that is to be off may lead anywhere: only its switch counts, so that disabling never rewrites anything else.
 */
export function differences(
  desired: DesiredWebhook,
  observed: ObservedWebhook,
  knowledge: TokenKnowledge,
): readonly string[] {
  if (observed.state === 'Absent') return desired.enabled ? ['endpoint'] : []
  if (!desired.enabled) return observed.enabled ? ['enabled'] : []
  const found: string[] = []
  if (!observed.enabled) found.push('enabled')
  if (observed.endpoint !== desired.endpoint) found.push('endpoint')
  if (tokenDiffers(desired, observed, knowledge)) found.push('token')
  for (const [key, value] of Object.entries(desired.settings)) {
    // A fixed setting cannot be changed by writing it again; the environment rule reports it.
    if (observed.settings[key] !== value && !observed.overrides.includes(key)) found.push(key)
  }
  return found
}

/** The endpoint as it may be shown: its query can hold keys. */
export function withoutQuery(endpoint: string): string {
  return endpoint.split('?', 1)[0] ?? endpoint
}

/**
 * True when the cluster's webhook is no longer what was applied last: somebody else changed it. False when it is, and a
 * difference from the spec is therefore our own change to make.
 */
export function hasDrifted(observed: ObservedWebhook, knowledge: TokenKnowledge): boolean {
  const { applied, inForce } = knowledge
  if (applied === undefined) return false
  if (observed.state === 'Absent') return applied.enabled
  if (observed.enabled !== applied.enabled) return true
  if (!applied.enabled) return false
  if (
    inForce !== undefined
      ? observed.endpoint !== inForce.endpoint
      : withoutQuery(observed.endpoint) !== applied.endpoint
  )
    return true
  if (inForce !== undefined && observed.token.kind === 'Shown')
    return !observed.token.value.equals(inForce.authorization)
  return isSetElsewhere(observed)
}

function tokenDiffers(
  desired: DesiredWebhook,
  observed: Extract<ObservedWebhook, { state: 'Present' }>,
  knowledge: TokenKnowledge,
): boolean {
  const wanted = desired.authorization
  if (wanted === undefined) return observed.token.kind !== 'None'
  if (observed.token.kind === 'None') return true
  if (observed.token.kind === 'Shown') return !wanted.equals(observed.token.value)
  if (isSetElsewhere(observed)) return true
  if (knowledge.inForce !== undefined) return !wanted.equals(knowledge.inForce.authorization)
  return !sameSource(knowledge.applied?.tokenSecret, knowledge.source)
}

/** A token that is not shown, and somebody else may have put another one in its place. */
function isSetElsewhere({ token }: Extract<ObservedWebhook, { state: 'Present' }>): boolean {
  return token.kind === 'Hidden' && token.setElsewhere === true
}

function sameSource(a: TokenSource | undefined, b: TokenSource | undefined): boolean {
  return a !== undefined && b !== undefined && a.uid === b.uid && a.resourceVersion === b.resourceVersion
}
