import { createHash } from 'node:crypto'

import type { ClusterReason } from '../../api/reasons.ts'
import type { S3ClusterSpec } from '../../api/s3-cluster.ts'
import { parseCaBundle } from '../../net/ca-bundle.ts'
import type { TlsTrust } from '../../net/http-client.ts'
import { parseMinioCredentials, type MinioCredentials } from '../../providers/minio/credentials.ts'
import { parseWekaCredentials, type WekaCredentials } from '../../providers/weka/credentials.ts'
import { ReadForbiddenError } from '../read-forbidden-error.ts'
import type { ReferencedObject, ReferenceReader } from '../references.ts'
import { resolveTrust } from '../trust.ts'

/** Everything a provider is made of. Equal fingerprints mean: the provider in use can stay. */
export type ClusterAccess = {
  readonly endpoints: readonly URL[]
  readonly trust: TlsTrust
  readonly requestTimeoutMilliseconds: number
  readonly fingerprint: string
} & (
  | { readonly type: 'WEKA'; readonly credentials: WekaCredentials }
  | { readonly type: 'MinIO'; readonly credentials: MinioCredentials }
)

export type ResolvedCluster =
  | { readonly state: 'Ready'; readonly access: ClusterAccess }
  | { readonly state: 'Problem'; readonly reason: Exclude<ClusterReason, 'Connected'>; readonly message: string }

/**
 * Resolves the references of an S3Cluster in `namespace`. Every problem names the object, the key and the remedy.
 * @throws ApiError when the API server cannot be asked, the signal's reason when aborted.
 */
export async function resolveCluster(
  spec: S3ClusterSpec,
  namespace: string,
  reader: ReferenceReader,
  options: { readonly signal: AbortSignal },
): Promise<ResolvedCluster> {
  const name = spec.credentialsSecretRef.name
  const secret = await reader.read('Secret', { namespace, name }, options)
  if (secret instanceof ReadForbiddenError) return problem('ReadForbidden', secret.message)
  if (secret === undefined) {
    return problem(
      'SecretNotFound',
      `Secret '${name}' does not exist in namespace '${namespace}': create it, or correct \`spec.credentialsSecretRef.name\`.`,
    )
  }
  const trust = await resolveTrust(spec.tls, namespace, reader, options)
  if (trust.state === 'Problem') return problem(trust.reason, trust.message)

  const where = `Secret '${name}' in namespace '${namespace}'`
  const { type, endpoints, requestTimeoutSeconds } = spec
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([type, endpoints, requestTimeoutSeconds, digest(secret.data), trust.fingerprint]))
    .digest('base64')
  const requestTimeoutMilliseconds = spec.requestTimeoutSeconds * 1000
  const resolve = { WEKA: resolveWeka, MinIO: resolveMinio }[spec.type]
  return resolve(spec, secret, where, { requestTimeoutMilliseconds, fingerprint, trust: trust.trust })
}

/**
 * Of the contents and not of the version: a Secret that is touched and says the same must not lead to another login, which with
 * a wrong password could lock the account.
 */
function digest(data: ReferencedObject['data']): string {
  const hash = createHash('sha256')
  for (const key of Object.keys(data).sort())
    hash.update(JSON.stringify([key, Buffer.from(data[key] ?? []).toString('base64')]))
  return hash.digest('base64')
}

type Common = Pick<ClusterAccess, 'requestTimeoutMilliseconds' | 'fingerprint' | 'trust'>

function resolveWeka(spec: S3ClusterSpec, secret: ReferencedObject, where: string, common: Common): ResolvedCluster {
  const parsed = parseWekaCredentials(secret.data, spec.endpoints)
  if ('problem' in parsed) return problem(parsed.problem.reason, `${where}: ${parsed.problem.message}`)
  const { endpoints, caCertificate, credentials } = parsed
  if (caCertificate === undefined || spec.tls.caCertificateRef !== undefined) {
    return { state: 'Ready', access: { ...common, type: 'WEKA', endpoints, credentials } }
  }
  const bundle = parseCaBundle(caCertificate)
  if ('problem' in bundle)
    return problem('CAInvalid', `Key 'caCertificate' of ${where} is no CA bundle: ${bundle.problem}`)
  const trust = { ...common.trust, caCertificate: bundle.pem }
  return { state: 'Ready', access: { ...common, trust, type: 'WEKA', endpoints, credentials } }
}

function resolveMinio(spec: S3ClusterSpec, secret: ReferencedObject, where: string, common: Common): ResolvedCluster {
  if (spec.endpoints.length === 0) {
    return problem(
      'EndpointMissing',
      "`spec.endpoints` must hold at least one URL of the MinIO cluster, such as 'https://minio.example.com:9000'.",
    )
  }
  const parsed = parseMinioCredentials(secret.data)
  if ('problem' in parsed) return problem(parsed.problem.reason, `${where}: ${parsed.problem.message}`)
  const endpoints = spec.endpoints.map((endpoint) => new URL(endpoint))
  return { state: 'Ready', access: { ...common, type: 'MinIO', endpoints, credentials: parsed.credentials } }
}

function problem(reason: Exclude<ClusterReason, 'Connected'>, message: string): ResolvedCluster {
  return { state: 'Problem', reason, message }
}
