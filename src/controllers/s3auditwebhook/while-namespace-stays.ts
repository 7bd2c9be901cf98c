import type { Clock } from '../../kube/clock.ts'
import { sleep } from '../../kube/sleep.ts'

/** The reason of work that was ended because the namespace goes. */
class NamespaceGoesError extends Error {
  override readonly name = 'NamespaceGoesError'
}

/**
 * Awaits `work`, which may be patient, as long as the namespace stays: deleting it tells nothing of an object that is in deletion
 * already, and what is in it is to be gone within seconds.
 * @returns 'NamespaceGoes' when the work was aborted for that. @throws what `work` or `isGoing` throws.
 */
export async function whileNamespaceStays<T>(
  options: {
    readonly isGoing: (signal: AbortSignal) => Promise<boolean>
    readonly lookMilliseconds: number
    readonly clock: Clock
    readonly signal: AbortSignal
  },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'NamespaceGoes'> {
  const { isGoing, lookMilliseconds, clock, signal } = options
  signal.throwIfAborted()
  const [working, looking] = [new AbortController(), new AbortController()]
  const onAbort = (): void => {
    working.abort(signal.reason)
    looking.abort(signal.reason)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  const goes = new NamespaceGoesError('The namespace is being deleted')

  async function look(): Promise<void> {
    try {
      do await sleep(clock, lookMilliseconds, looking.signal)
      while (!(await isGoing(looking.signal)))
      working.abort(goes)
    } catch (error) {
      if (!looking.signal.aborted) working.abort(error)
    }
  }

  const looks = look()
  try {
    return await work(working.signal)
  } catch (error) {
    if (error === goes) return 'NamespaceGoes'
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    looking.abort(new Error('The work has ended'))
    await looks
  }
}
