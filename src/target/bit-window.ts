/**
 * The latest yes-or-no answers, the newest in the lowest bit. Each of thousands of targets keeps some for good: a list of as many
 * booleans takes two hundred bytes, this none of its own.
 */
export type BitWindow = number

/** @param longest older answers fall out; at most 31. */
export function addBit(window: BitWindow, bit: boolean, longest: number): BitWindow {
  return ((window << 1) | Number(bit)) & (2 ** longest - 1)
}

/** How many answers were yes. */
export function countBits(window: BitWindow): number {
  return window === 0 ? 0 : (window & 1) + countBits(window >>> 1)
}
