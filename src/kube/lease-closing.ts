import type { LeaseSpec } from './lease.ts'

/**
 * Says in a lease that nobody may hold it: who closed it, and whom it was taken from and has not ended its work yet (empty: nobody).
 * It stands in `holderIdentity`, so that every client of leader election, also of other make, takes it for a holder and waits.
 */
export interface LeaseClosing {
  readonly closer: string
  readonly leader: string
}

const prefix = 'closed'

/** Neither identity may hold a colon. */
export function formatClosing({ closer, leader }: LeaseClosing): string {
  return [prefix, closer, leader].join(':')
}

/** Undefined for a lease that is not closed. */
export function readClosing({ holderIdentity }: LeaseSpec): LeaseClosing | undefined {
  const [word, closer, leader, ...rest] = (holderIdentity ?? '').split(':')
  if (word !== prefix || closer === undefined || leader === undefined || rest.length > 0) return undefined
  return { closer, leader }
}
