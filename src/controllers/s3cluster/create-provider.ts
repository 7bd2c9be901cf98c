import type { S3ClusterKind } from '../../api/s3-cluster.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import type { HttpClient, HttpClientFactory, TlsTrust } from '../../net/http-client.ts'
import { observeRequests } from '../../net/observe-requests.ts'
import { createArgon2 } from '../../providers/minio/argon2.ts'
import { createMinioProvider } from '../../providers/minio/minio-provider.ts'
import type { AuditWebhookProvider } from '../../providers/provider.ts'
import { createWekaProvider } from '../../providers/weka/weka-provider.ts'
import { apiOperation } from './api-operation.ts'
import { limitCalls } from './call-limit.ts'
import type { ClusterAccess } from './resolve-cluster.ts'

/** Calls to one S3 cluster at a time. */
const callLimit = 2

/** Makes the provider for one way to a cluster, with its calls bounded. */
export type CreateProvider = (access: ClusterAccess) => AuditWebhookProvider

/** How one request to a management API ended. */
export interface ClusterRequest {
  readonly provider: S3ClusterKind
  /** As `apiOperation` names it. */
  readonly operation: string
  /** The HTTP status, or why there was no answer. */
  readonly code: string
  readonly durationMilliseconds: number
}

export function createProviderFactory(options: {
  readonly httpClients: HttpClientFactory
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly onRequest: (request: ClusterRequest) => void
}): CreateProvider {
  const { httpClients, clock, random, logger, onRequest } = options
  const argon2 = createArgon2()
  /** Thousands of clusters have few clients in common. */
  const observed = { WEKA: new WeakMap<HttpClient, HttpClient>(), MinIO: new WeakMap<HttpClient, HttpClient>() }

  function clientFor(type: S3ClusterKind, trust: TlsTrust): HttpClient {
    const plain = httpClients.forTrust(trust)
    const known = observed[type].get(plain)
    if (known !== undefined) return known
    const client = observeRequests(plain, {
      clock,
      onRequest: ({ url, ...end }) => onRequest({ provider: type, operation: apiOperation(type, url), ...end }),
    })
    observed[type].set(plain, client)
    return client
  }

  return (access) => {
    const { endpoints, requestTimeoutMilliseconds } = access
    const httpClient = clientFor(access.type, access.trust)
    const common = { endpoints, requestTimeoutMilliseconds, httpClient, clock, random }
    const provider =
      access.type === 'WEKA'
        ? createWekaProvider({ ...common, credentials: access.credentials, logger })
        : createMinioProvider({ ...common, argon2, credentials: access.credentials })
    return limitCalls(provider, callLimit)
  }
}
