import { createHash } from 'node:crypto'

/** A share of a period, in [0, 1): spread evenly over different texts, and the same for the same text in every process. */
export function phaseOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
