import { ApiError, isAlreadyExists, isConflict } from './api-error.ts'
import type { LeaseLock } from './lease.ts'
import type { Logger } from './logger.ts'

type Verb = 'get' | 'create' | 'update'

/**
 * The lock, logging calls that fail. What goes on failing in the same way is told once: it is tried again every few seconds. That
 * somebody else was faster is no failure.
 */
export function logLeaseFailures(lock: LeaseLock, logger: Logger): LeaseLock {
  const told = new Map<Verb, string>()

  async function watched<T>(verb: Verb, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    try {
      const result = await call()
      told.delete(verb)
      return result
    } catch (error) {
      if (!signal.aborted) tell(verb, error)
      throw error
    }
  }

  function tell(verb: Verb, error: unknown): void {
    const faster = isConflict(error) || isAlreadyExists(error)
    const kind = error instanceof ApiError ? String(error.status) : String(error)
    const level = faster || told.get(verb) === kind ? 'debug' : 'warn'
    if (!faster) told.set(verb, kind)
    const fields = { err: error, verb, resource: 'leases.coordination.k8s.io' }
    if (error instanceof ApiError && error.status === 403) {
      logger[level === 'warn' ? 'error' : level](fields, 'The lease is forbidden: grant this verb in its namespace')
    } else logger[level](fields, 'A call on the lease failed')
  }

  return {
    read: (signal) => watched('get', signal, () => lock.read(signal)),
    hold: (seen, signal) => watched(seen === undefined ? 'create' : 'update', signal, () => lock.hold(seen, signal)),
    update: (seen, change, signal) => watched('update', signal, () => lock.update(seen, change, signal)),
  }
}
