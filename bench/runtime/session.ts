import type { Worker } from '../support/worker.ts'
import type { FollowerHandlers } from './follower-process.ts'
import type { LoadHandlers } from './load-process.ts'

/** One contender in its process, and the process that changes what it follows. No other contender runs beside it. */
export interface Session {
  readonly objects: number
  readonly follower: Worker<FollowerHandlers>
  readonly load: Worker<LoadHandlers>
}

/** For changes to arrive after the last of them was answered. */
export const arrivalMilliseconds = 10_000
