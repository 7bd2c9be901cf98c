import type { Clock } from '../../kube/clock.ts'
import type { Logger } from '../../kube/logger.ts'
import type { HttpClientFactory } from '../../net/http-client.ts'
import { observeRequests } from '../../net/observe-requests.ts'
import { createArgon2 } from '../../providers/minio/argon2.ts'
import { createMinioProvider } from '../../providers/minio/minio-provider.ts'
import type { AuditWebhookProvider } from '../../providers/provider.ts'
import { createWekaProvider } from '../../providers/weka/weka-provider.ts'
import { limitCalls } from './call-limit.ts'
import type { ClusterAccess } from './resolve-cluster.ts'

/** Calls to one S3 cluster at a time. */
const callLimit = 2

/** Makes the provider for one way to a cluster, with its calls bounded. `onRequest` is told how each request ended. */
export type CreateProvider = (access: ClusterAccess, onRequest: (code: string) => void) => AuditWebhookProvider

export function createProviderFactory(options: {
  readonly httpClients: HttpClientFactory
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}): CreateProvider {
  const { httpClients, clock, random, logger } = options
  const argon2 = createArgon2()
  return (access, onRequest) => {
    const { endpoints, requestTimeoutMilliseconds } = access
    const httpClient = observeRequests(httpClients.forTrust(access.trust), onRequest)
    const common = { endpoints, requestTimeoutMilliseconds, httpClient, clock, random }
    const provider =
      access.type === 'WEKA'
        ? createWekaProvider({ ...common, credentials: access.credentials, logger })
        : createMinioProvider({ ...common, argon2, credentials: access.credentials })
    return limitCalls(provider, callLimit)
  }
}
