/** Random numbers that are the same in every run. */
export interface Random {
  /** At least 0 and below 1. */
  next(): number
  between(lowest: number, highest: number): number
  /** As likely in each order of magnitude. */
  logBetween(lowest: number, highest: number): number
  oneOf<T>(...values: readonly [T, ...(readonly T[])]): T
  /** The time until the next of events that come independently of each other, `rate` of them per unit of time. */
  gap(rate: number): number
  /** Of mean 0 and deviation 1. */
  normal(): number
}

/** Mulberry32: small, fast, and of period 2^32, which is plenty here. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (lowest: number, highest: number): number => lowest + next() * (highest - lowest)
  return {
    next,
    between,
    logBetween: (lowest, highest) => Math.exp(between(Math.log(lowest), Math.log(highest))),
    oneOf: (first, ...others) => [first, ...others][Math.floor(next() * (others.length + 1))] ?? first,
    gap: (rate) => -Math.log(1 - next()) / rate,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}
