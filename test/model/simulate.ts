import type { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import { createSender } from './sender.ts'
import { createTraffic } from './traffic.ts'

/** One node at one moment. */
export interface NodeTruth {
  readonly queued: number
  readonly dropped: number
  readonly givenUp: number
}

/** The nodes of a scenario, moved on in time; asked with times in seconds that never go back. */
export interface Simulation {
  at(time: number): readonly NodeTruth[]
  /** When each node threw away its first event for lack of room, until the last time that was asked for. */
  readonly firstDrops: readonly (number | undefined)[]
}

export function startSimulation(scenario: Scenario, random: Random): Simulation {
  const nodes = scenario.rates.map((rate) => {
    const traffic = createTraffic(rate, scenario.traffic, random)
    return {
      traffic,
      sender: createSender(scenario),
      next: traffic.next(0),
      firstDrop: undefined as number | undefined,
    }
  })
  return {
    at(time) {
      return nodes.map((node) => {
        const { sender } = node
        while (node.next <= time) {
          sender.arrive(node.next)
          if (sender.dropped > 0) node.firstDrop ??= node.next
          node.next = node.traffic.next(node.next)
        }
        sender.advance(time)
        return { queued: sender.queued, dropped: sender.dropped, givenUp: sender.givenUp }
      })
    },
    get firstDrops() {
      return nodes.map(({ firstDrop }) => firstDrop)
    },
  }
}
