import type { Clock } from '../../kube/clock.ts'
import { createDeadline } from '../../kube/deadline.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { AuditWebhookProvider, ClusterIdentity } from '../../providers/provider.ts'

/** Less than a pass may take, however many endpoints each use up `spec.requestTimeoutSeconds`. */
const patienceSeconds = 90

/**
 * Asks the cluster who it is. One that takes requests and never answers is told as ClusterUnreachable, not as a pass that failed.
 * @throws ProviderError, or the signal's reason.
 */
export async function identifyCluster(
  provider: Pick<AuditWebhookProvider, 'identify'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<ClusterIdentity> {
  using deadline = createDeadline({
    clock,
    milliseconds: patienceSeconds * 1000,
    signal,
    reason: () =>
      new ProviderError(
        'ClusterUnreachable',
        `The cluster did not say within ${patienceSeconds} s who it is. Check the endpoints, the network path to them, and the load on the cluster's management API.`,
      ),
  })
  return await provider.identify({ signal: deadline.signal })
}
