import { addBit, type BitWindow, countBits } from './bit-window.ts'

/** Which of the latest passed tests were slower than the limit, and than the one to recover below; by the limits of their times. */
export interface LatencyWindow {
  /** How many tests these are. */
  readonly length: number
  readonly slow: BitWindow
  readonly unrecovered: BitWindow
}

export const noLatencies: LatencyWindow = { length: 0, slow: 0, unrecovered: 0 }

const longest = 20
/** Fewer say nothing about a 95th percentile. */
const enough = 10
/** A window that was slow stays so until it is clearly not, lest the state flap. */
const recovered = 0.8

export function addDuration(window: LatencyWindow, milliseconds: number, limitMilliseconds: number): LatencyWindow {
  return {
    length: Math.min(window.length + 1, longest),
    slow: addBit(window.slow, milliseconds > limitMilliseconds, longest),
    unrecovered: addBit(window.unrecovered, milliseconds > limitMilliseconds * recovered, longest),
  }
}

/** Whether the 95th percentile is over the limit. */
export function isSlow({ length, slow, unrecovered }: LatencyWindow, wasSlow: boolean): boolean {
  const below = Math.ceil(length * 0.95) - 1
  return length >= enough && countBits(wasSlow ? unrecovered : slow) >= length - below
}
