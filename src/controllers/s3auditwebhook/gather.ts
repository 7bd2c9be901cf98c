import type { S3AuditWebhook, S3AuditWebhookSpec } from '../../api/s3-audit-webhook.ts'
import type { TargetType, AuthScheme } from '../../api/s3-audit-webhook.ts'
import { minioSettings } from '../../providers/minio/settings.ts'
import type { DesiredWebhook } from '../../providers/provider.ts'
import { buildAuthorization, normaliseToken } from '../../target/authorization-header.ts'
import { ReadForbiddenError } from '../read-forbidden-error.ts'
import type { ReferenceReader } from '../references.ts'
import type { ClusterState } from '../s3cluster/cluster-state.ts'
import type { TokenInput } from './inputs.ts'

/**
 * Reads the token that the spec refers to. Every problem names the Secret, the key and the remedy.
 * @throws ApiError when the API server cannot be asked.
 */
export async function gatherToken(
  webhook: S3AuditWebhook,
  spec: Pick<S3AuditWebhookSpec, 'authTokenSecretRef' | 'authScheme' | 'targetType'>,
  reader: ReferenceReader,
  options: { readonly signal: AbortSignal },
): Promise<TokenInput> {
  const reference = spec.authTokenSecretRef
  if (reference === undefined) return { state: 'None' }
  const namespace = webhook.metadata.namespace ?? ''
  const { name, key } = reference
  const where = `Secret '${name}' in namespace '${namespace}'`
  const secret = await reader.read('Secret', { namespace, name }, options)
  if (secret instanceof ReadForbiddenError)
    return { state: 'Problem', reason: 'ReadForbidden', message: secret.message }
  if (secret === undefined) {
    return {
      state: 'Problem',
      reason: 'SecretNotFound',
      message: `${where} does not exist: create it with the token under key '${key}', or correct \`spec.authTokenSecretRef.name\`.`,
    }
  }
  const value = secret.data[key]
  if (value === undefined) {
    return {
      state: 'Problem',
      reason: 'SecretKeyMissing',
      message: `${where} has no key '${key}': add the token under it, or set \`spec.authTokenSecretRef.key\`.`,
    }
  }
  const parsed = normaliseToken(value)
  if ('problem' in parsed) {
    return {
      state: 'Problem',
      reason: 'TokenMalformed',
      message: `Key '${key}' of ${where} holds no token: ${parsed.problem}`,
    }
  }
  return {
    state: 'Ready',
    authorization: buildAuthorization({
      scheme: spec.authScheme ?? defaultScheme(spec.targetType),
      token: parsed.token,
    }),
    source: { name, uid: secret.uid, resourceVersion: secret.resourceVersion },
  }
}

/** What the spec asks the cluster for; undefined while the token it needs cannot be had. */
export function desiredWebhook(
  spec: S3AuditWebhookSpec,
  token: TokenInput,
  cluster: ClusterState,
): DesiredWebhook | undefined {
  if (token.state === 'Problem' && spec.enabled) return undefined
  const isMinio = cluster.state === 'Connected' && cluster.connection.type === 'MinIO'
  return {
    endpoint: spec.endpoint,
    enabled: spec.enabled,
    authorization: token.state === 'Ready' ? token.authorization : undefined,
    settings: isMinio ? minioSettings(spec.minio ?? {}) : {},
  }
}

function defaultScheme(type: TargetType): AuthScheme {
  return type === 'SplunkHEC' ? 'Splunk' : 'Bearer'
}
