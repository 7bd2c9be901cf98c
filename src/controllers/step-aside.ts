import type { Clock } from '../kube/clock.ts'
import type { ReconcileContext } from '../kube/controller.ts'

/** A cluster or target that is well answers long before. */
const patienceMilliseconds = 500

/**
 * Awaits something outside of Kubernetes. When it is slow the pass steps aside, so that others need not wait for it too.
 * @throws what `work` throws.
 */
export async function stepAsideWhenSlow<T>(
  { stepAside }: Pick<ReconcileContext, 'stepAside'>,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T> {
  using _patience = clock.timer(patienceMilliseconds, stepAside)
  return await work()
}
