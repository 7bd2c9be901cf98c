import { findCondition } from '../../api/conditions.ts'
import type { SyncedReason } from '../../api/reasons.ts'
import { forbiddenMilliseconds } from '../read-forbidden-error.ts'
import { differences, hasDrifted, withoutQuery, type TokenKnowledge } from './difference.ts'
import type { WebhookInputs } from './inputs.ts'
import { nextRepair } from './repairs.ts'

/** What the pass does to the cluster. `Gate`: ask the target about the new setting first, then decide again. */
export type Action =
  | { readonly kind: 'None' }
  | { readonly kind: 'Gate' }
  | { readonly kind: 'Apply'; readonly cause: 'First' | 'Change' | 'Drift' }

/** The plan of one pass: what to do, and what `Synced` says when nothing is done or once it is done. */
export interface Decision {
  readonly action: Action
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: SyncedReason
  readonly message: string
  /** The cluster's webhook was changed by somebody else, whether or not it is repaired in this pass. */
  readonly drifted: boolean
  /** Decide again no later than this; absent: when something changes or at the next read-back. */
  readonly retryAfterMilliseconds?: number
}

type Rule = (inputs: WebhookInputs) => Decision | undefined

/**
 * Decides one pass over a webhook. Pure: the rules are asked in order and the first that has something to say decides.
 * Rules before `readFailed` need nothing from the cluster.
 */
export function decide(inputs: WebhookInputs): Decision {
  for (const rule of rules) {
    const decision = rule(inputs)
    if (decision !== undefined) return decision
  }
  return inSync(inputs)
}

const rules: readonly Rule[] = [
  suspended, // before everything: a suspended resource is left alone whatever else is wrong
  clusterMissing,
  clusterNotReady,
  ownedByAnother,
  settingsOfAnotherType,
  tokenRequired,
  tokenProblem,
  notRead,
  readFailed,
  fixedByEnvironment,
  foreignWebhook,
  onlyObserved,
  repairTooSoon,
  changeRefused, // after drift: what is put back was in force already and needs no gate
  applyDifference,
]

function suspended({ spec }: WebhookInputs): Decision | undefined {
  if (!spec.suspend) return undefined
  return wait(
    'Unknown',
    'Suspended',
    'Suspended by `spec.suspend`: nothing is written to the cluster and nothing is tested.',
  )
}

function clusterMissing({ cluster, spec, resource }: WebhookInputs): Decision | undefined {
  if (cluster.state !== 'NotFound') return undefined
  const namespace = resource.metadata.namespace ?? ''
  return wait(
    'False',
    'ClusterNotFound',
    `S3Cluster '${spec.clusterRef.name}' does not exist in namespace '${namespace}': create it, or correct \`spec.clusterRef.name\` by deleting and recreating this resource.`,
  )
}

function clusterNotReady({ cluster, spec }: WebhookInputs): Decision | undefined {
  const name = spec.clusterRef.name
  if (cluster.state === 'Unknown') {
    return wait('Unknown', 'Progressing', `Waiting for the first answer of S3Cluster '${name}'.`)
  }
  if (cluster.state !== 'NotReady') return undefined
  switch (cluster.reason) {
    case 'Progressing':
      return wait('Unknown', 'Progressing', `Waiting for the first answer of S3Cluster '${name}'.`)
    case 'ClusterUnreachable':
    case 'CredentialsRejected':
    case 'CredentialsLockedOut':
    case 'PermissionDenied':
    case 'S3NotRunning':
    case 'ClusterIdentityChanged':
      return wait('False', cluster.reason, `S3Cluster '${name}': ${cluster.message}`)
    default:
      return wait(
        'False',
        'ClusterNotReady',
        `S3Cluster '${name}' is not ready (${cluster.reason}): ${cluster.message}`,
      )
  }
}

function ownedByAnother({ owner }: WebhookInputs): Decision | undefined {
  if (owner === undefined) return undefined
  return wait(
    'False',
    'Conflict',
    `S3AuditWebhook '${owner.namespace}/${owner.name}' is older and owns the one webhook of this cluster. Delete one of the two; this one takes over when the other is gone.`,
  )
}

function settingsOfAnotherType({ cluster, spec }: WebhookInputs): Decision | undefined {
  if (cluster.state !== 'Connected' || cluster.connection.type === 'MinIO' || spec.minio === undefined) return undefined
  return wait(
    'False',
    'InvalidSpec',
    `\`spec.minio\` is set, but S3Cluster '${spec.clusterRef.name}' is of type '${cluster.connection.type}': remove the block.`,
  )
}

function tokenRequired({ cluster, spec, token }: WebhookInputs): Decision | undefined {
  if (cluster.state !== 'Connected' || cluster.connection.type !== 'WEKA') return undefined
  if (token.state !== 'None' || !spec.enabled) return undefined
  return wait(
    'False',
    'InvalidSpec',
    'A WEKA audit webhook must have a token: set `spec.authTokenSecretRef` to a Secret that holds it.',
  )
}

function tokenProblem({ token, spec }: WebhookInputs): Decision | undefined {
  // A webhook that is to be switched off needs no token.
  if (token.state !== 'Problem' || !spec.enabled) return undefined
  const problem = wait('False', token.reason, `${token.message} The webhook on the cluster is left as it is.`)
  return token.reason === 'ReadForbidden' ? { ...problem, retryAfterMilliseconds: forbiddenMilliseconds } : problem
}

function notRead({ observation }: WebhookInputs): Decision | undefined {
  if (observation.state !== 'NotRead') return undefined
  return wait('Unknown', 'Progressing', 'The webhook of the cluster has not been read yet.')
}

function readFailed({ observation }: WebhookInputs): Decision | undefined {
  if (observation.state !== 'Failed') return undefined
  const { code, message } = observation.error
  switch (code) {
    case 'EndpointNotAllowed':
    case 'TLSUntrusted':
    case 'ProviderMismatch':
      return wait('False', 'ClusterNotReady', message)
    default:
      return wait('False', code, message)
  }
}

function fixedByEnvironment(inputs: WebhookInputs): Decision | undefined {
  const webhook = observed(inputs)
  if (webhook?.state !== 'Present' || webhook.overrides.length === 0 || inputs.desired === undefined) return undefined
  const names = [...webhook.overrides].sort().join(', ')
  return wait(
    'False',
    'EnvironmentOverride',
    `The environment of the S3 cluster fixes ${names} of this webhook, so what is written here has no effect: remove the variables from the servers and restart them.`,
  )
}

function foreignWebhook(inputs: WebhookInputs): Decision | undefined {
  const { desired, spec, resource } = inputs
  const webhook = observed(inputs)
  if (webhook?.state !== 'Present' || !webhook.enabled || isOurs(inputs)) return undefined
  if (desired !== undefined && webhook.endpoint === desired.endpoint) return undefined
  if (spec.foreignWebhookPolicy === 'Overwrite' && spec.managementPolicy === 'Manage') return undefined
  return wait(
    'False',
    'ForeignWebhook',
    `The cluster already has an enabled audit webhook that leads to '${hostOf(webhook.endpoint)}' and was not set by this resource. ` +
      `To replace it: kubectl patch s3auditwebhook ${resource.metadata.name} -n ${resource.metadata.namespace ?? ''} --type merge -p '{"spec":{"foreignWebhookPolicy":"Overwrite"}}'`,
  )
}

function onlyObserved(inputs: WebhookInputs): Decision | undefined {
  if (inputs.spec.managementPolicy !== 'Observe') return undefined
  const webhook = observed(inputs)
  const hidden = webhook?.state === 'Present' && webhook.token.kind === 'Hidden'
  // A token that the cluster does not show and that was never set by us cannot be compared.
  const found = differencesOf(inputs).filter((part) => part !== 'token' || !hidden)
  if (found.length === 0) return inSync(inputs)
  return {
    ...wait(
      'False',
      'DriftDetected',
      `The webhook on the cluster differs from the spec in ${found.join(', ')}; nothing is written because of \`spec.managementPolicy: Observe\`.`,
    ),
    drifted: true,
  }
}

function repairTooSoon(inputs: WebhookInputs): Decision | undefined {
  if (!isDrift(inputs)) return undefined
  const next = nextRepair(inputs.repairs, inputs.now)
  const found = differencesOf(inputs).join(', ')
  if (next === 'AnotherWriter') {
    return {
      ...wait(
        'False',
        'AnotherWriter',
        `Something else keeps changing ${found} of this webhook. Repairs are paused so that the S3 service is not disturbed further: stop the other writer, or set \`spec.suspend\`.`,
      ),
      drifted: true,
      retryAfterMilliseconds: 300_000,
    }
  }
  if (next.at <= inputs.now) return undefined
  return {
    ...wait(
      'False',
      'DriftDetected',
      `The webhook on the cluster was changed (${found}) and will be repaired again shortly.`,
    ),
    drifted: true,
    retryAfterMilliseconds: next.at - inputs.now,
  }
}

function changeRefused(inputs: WebhookInputs): Decision | undefined {
  const { spec, gate, resource, desired } = inputs
  const webhook = observed(inputs)
  if (spec.changePolicy === 'Always' || spec.probe.mode === 'Disabled' || desired?.enabled !== true) return undefined
  if (!isOurs(inputs) || resource.status?.applied?.enabled !== true) return undefined
  if (webhook?.state !== 'Present' || !webhook.enabled || isDrift(inputs)) return undefined
  const found = differencesOf(inputs)
  if (!found.includes('endpoint') && !found.includes('token')) return undefined
  if (gate.state === 'Ask') {
    return {
      ...wait(
        'Unknown',
        'Progressing',
        'The target is asked about the new setting before it replaces the one in force.',
      ),
      action: { kind: 'Gate' },
    }
  }
  const { verdict } = gate
  if (gate.state === 'AskLater') {
    return {
      ...wait(
        'Unknown',
        'Progressing',
        `The target is asked about the new setting before it replaces the one in force, and did not tell (${verdict.reason}). It is asked again within seconds.`,
      ),
      retryAfterMilliseconds: gate.afterMilliseconds,
    }
  }
  if (verdict.class !== 'misconfigured' && verdict.class !== 'rejected') return undefined
  return {
    ...wait(
      'False',
      'ChangeRefused',
      `The target refuses the new ${found.filter((part) => part === 'endpoint' || part === 'token').join(' and ')} (${verdict.reason}: ${verdict.message}) ` +
        'The setting in force stays. Correct it, or set `spec.changePolicy: Always` to apply it all the same.',
    ),
    retryAfterMilliseconds: Math.max(spec.probe.periodSeconds, 60) * 1000,
  }
}

function applyDifference(inputs: WebhookInputs): Decision | undefined {
  if (differencesOf(inputs).length === 0) return undefined
  const drifted = isDrift(inputs)
  const cause = drifted ? 'Drift' : inputs.resource.status?.applied === undefined ? 'First' : 'Change'
  return { ...inSync(inputs), action: { kind: 'Apply', cause }, drifted }
}

function inSync({ spec, desired }: WebhookInputs): Decision {
  if (!spec.enabled) return wait('True', 'Applied', 'The webhook is switched off on the cluster.')
  const plain = spec.endpoint.toLowerCase().startsWith('http:') && desired?.authorization !== undefined
  return wait(
    'True',
    'Applied',
    `The cluster sends its audit events to '${hostOf(spec.endpoint)}'.` +
      (plain ? ' The token travels in clear text because `spec.endpoint` is plain http.' : ''),
  )
}

/** True when this resource set the webhook: status says so, or its name can only be ours (MinIO's named targets). */
export function isOurs({ resource, cluster, targetName }: WebhookInputs): boolean {
  if (cluster.state !== 'Connected') return false
  if (cluster.connection.type === 'MinIO') return true
  const applied = resource.status?.applied
  return applied?.clusterId === cluster.connection.identity.id && applied.targetName === targetName
}

/** The host of an endpoint, port included: the part of it that may be shown. */
export function hostOf(endpoint: string): string {
  return URL.parse(endpoint)?.host ?? withoutQuery(endpoint)
}

function isDrift(inputs: WebhookInputs): boolean {
  const webhook = observed(inputs)
  if (webhook === undefined || differencesOf(inputs).length === 0 || !isOurs(inputs)) return false
  return inputs.openDrift || isSettled(inputs) || hasDrifted(webhook, knowledgeOf(inputs))
}

/** True when this very generation and this very token were in force: whatever differs now was not changed by us. */
function isSettled({ resource, token }: WebhookInputs): boolean {
  const synced = findCondition(resource.status?.conditions ?? [], 'Synced')
  if (synced?.status !== 'True' || synced.observedGeneration !== resource.metadata.generation) return false
  const tokenSecret = resource.status?.applied?.tokenSecret
  if (token.state !== 'Ready') return tokenSecret === undefined
  return tokenSecret?.uid === token.source.uid && tokenSecret.resourceVersion === token.source.resourceVersion
}

function differencesOf(inputs: WebhookInputs): readonly string[] {
  const webhook = observed(inputs)
  if (webhook === undefined || inputs.desired === undefined) return []
  return differences(inputs.desired, webhook, knowledgeOf(inputs))
}

function knowledgeOf({ inForce, resource, token }: WebhookInputs): TokenKnowledge {
  return {
    inForce,
    applied: resource.status?.applied,
    source: token.state === 'Ready' ? token.source : undefined,
  }
}

function observed({ observation }: WebhookInputs) {
  return observation.state === 'Read' ? observation.webhook : undefined
}

function wait(status: Decision['status'], reason: SyncedReason, message: string): Decision {
  return { action: { kind: 'None' }, status, reason, message, drifted: false }
}
