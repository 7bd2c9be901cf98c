import type { Random } from './random.ts'

/** When events are made. All times are seconds. */
export interface Traffic {
  /** The time of the first event after this one. Asked with times that never go back. */
  next(time: number): number
}

/** `Steady`: only chance makes it uneven. `Uneven`: days and nights, minutes that differ, and bursts. */
export type TrafficKind = 'Steady' | 'Uneven'

const day = 24 * 3600
/** How far the busy hour and the quiet one are from the mean, as a share of it. */
const daySwing = 0.4
/** How far one minute is from the next. */
const minuteDeviation = 0.3
const burstsPerHour = 0.5
const burst = { shortestSeconds: 30, longestSeconds: 180, leastFactor: 1, mostFactor: 4 } as const

/** @param rate mean events per second */
export function createTraffic(rate: number, kind: TrafficKind, random: Random): Traffic {
  const phase = random.next() * day
  let minute = -1
  let minuteRate = rate
  let burstBegins = random.gap(burstsPerHour / 3600)
  let burstEnds = 0
  let burstRate = 0

  function rateOf(now: number): number {
    const time = now * 60
    if (time >= burstBegins) {
      burstEnds = burstBegins + random.between(burst.shortestSeconds, burst.longestSeconds)
      burstRate = rate * random.between(burst.leastFactor, burst.mostFactor)
      burstBegins = burstEnds + random.gap(burstsPerHour / 3600)
    }
    const hour = 1 + daySwing * Math.sin((2 * Math.PI * (time + phase)) / day)
    const noise = Math.exp(minuteDeviation * random.normal() - minuteDeviation ** 2 / 2)
    return rate * hour * noise + (time < burstEnds ? burstRate : 0)
  }

  return {
    next(time) {
      if (kind === 'Steady') return time + random.gap(rate)
      for (let from = time; ; from = (minute + 1) * 60) {
        const now = Math.floor(from / 60 + 1e-9)
        if (now !== minute) {
          minute = now
          minuteRate = rateOf(now)
        }
        const event = from + random.gap(minuteRate)
        if (event < (minute + 1) * 60) return event
      }
    },
  }
}
