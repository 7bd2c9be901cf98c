import type { AppliedWebhook } from '../../api/s3-audit-webhook-status.ts'
import { withoutQuery } from './difference.ts'
import type { WebhookInputs } from './inputs.ts'
import type { WebhookMemory } from './memory.ts'

/**
 * What status remembers as set by us: written once the webhook is proved to be as desired, whether this pass applied it or found
 * it so. Undefined: what the status says stays. The time moves only with the content.
 */
export function appliedRecord(
  { resource, spec, cluster, targetName, token }: WebhookInputs,
  memory: Pick<WebhookMemory, 'observation'>,
  inForce: boolean,
  now: string,
): AppliedWebhook | undefined {
  if (!inForce || cluster.state !== 'Connected' || spec.managementPolicy === 'Observe') return undefined
  const previous = resource.status?.applied
  const { observation } = memory
  // A webhook that is to be off and was never there is nothing we own.
  if (observation.state !== 'Read' || (observation.webhook.state === 'Absent' && previous === undefined))
    return undefined
  const content = {
    clusterId: cluster.connection.identity.id,
    targetName,
    endpoint: withoutQuery(spec.endpoint),
    enabled: spec.enabled,
    ...(token.state === 'Ready' ? { tokenSecret: token.source } : {}),
  }
  return previous !== undefined && sameContent(previous, content) ? previous : { ...content, time: now }
}

function sameContent(a: Omit<AppliedWebhook, 'time'>, b: Omit<AppliedWebhook, 'time'>): boolean {
  return (
    a.clusterId === b.clusterId &&
    a.targetName === b.targetName &&
    a.endpoint === b.endpoint &&
    a.enabled === b.enabled &&
    a.tokenSecret?.uid === b.tokenSecret?.uid &&
    a.tokenSecret?.resourceVersion === b.tokenSecret?.resourceVersion
  )
}
