import diagnostics from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'

import { microseconds } from '../support/microseconds.ts'
import { referenceOf } from '../support/resources.ts'
import { serveParent } from '../support/worker.ts'
import type { ApiAccess, Follower, FollowerKind, SeenObject } from './followers/follower.ts'
import { stampAnnotation } from './load.ts'
import { type Arrival, type ArrivalTimes, timeArrivals } from './time-arrivals.ts'

// One contender in a process of its own, with a heap, a CPU time and connections of its own.

/** What following cost, from the call to the last object or change. */
export interface Cost {
  readonly milliseconds: number
  /** User and system time of all threads. */
  readonly cpuMicroseconds: number
}

export interface Seen extends Cost {
  readonly changes: number
  /** When work on a change could begin, in microseconds of the clock that all processes share. */
  readonly starts: readonly (readonly [stamp: string, microseconds: number])[]
  /** Empty unless `begin` was told to note them. */
  readonly arrivals: readonly Arrival[]
}

let follower: Follower | undefined
let connections = 0
let changes = 0
let lastChange = performance.now()
let starts: [stamp: string, microseconds: number][] = []
let arrivalTimes: ArrivalTimes | undefined
let begun = { at: performance.now(), cpu: process.cpuUsage() }

diagnostics.subscribe('undici:client:connected', () => connections++)

const onChange = ({ metadata }: SeenObject): void => {
  changes++
  lastChange = performance.now()
  const stamp = metadata.annotations?.[stampAnnotation]
  if (stamp !== undefined) starts.push([stamp, microseconds()])
}

const handlers = {
  /** Loads the code of the contender, which is not to be measured. */
  async prepare({ kind, access }: { readonly kind: FollowerKind; readonly access: ApiAccess }): Promise<void> {
    follower = await createFollower(kind, access)
  },
  async list(): Promise<Cost & { readonly objects: number }> {
    begin()
    await current().follow(onChange)
    return { ...cost(performance.now()), objects: current().size() }
  },
  /** Counts changes anew. */
  begin({ arrivals = false }: { readonly arrivals?: boolean }): void {
    begin()
    if (arrivals) arrivalTimes = timeArrivals()
  },
  /** Resolves when so many changes were seen since `begin`, or after the time. */
  async seen(wanted: { readonly changes: number; readonly timeoutMilliseconds: number }): Promise<Seen> {
    const end = performance.now() + wanted.timeoutMilliseconds
    while (changes < wanted.changes && performance.now() < end) await sleep(50)
    return { ...cost(lastChange), changes, starts, arrivals: arrivalTimes?.arrivals ?? [] }
  },
  async calls(count: number): Promise<Cost & { readonly connections: number }> {
    const opened = connections
    begin()
    for (let index = 0; index < count; index++) {
      const { namespace, name } = referenceOf(index)
      await current().get(namespace, name)
    }
    return { ...cost(performance.now()), connections: connections - opened }
  },
  memory(): { readonly rssBytes: number; readonly connections: number } {
    return { rssBytes: process.memoryUsage.rss(), connections }
  },
}

export type FollowerHandlers = typeof handlers

serveParent(handlers)

function begin(): void {
  arrivalTimes?.[Symbol.dispose]()
  arrivalTimes = undefined
  changes = 0
  starts = []
  begun = { at: performance.now(), cpu: process.cpuUsage() }
}

function cost(end: number): Cost {
  const { user, system } = process.cpuUsage(begun.cpu)
  return { milliseconds: end - begun.at, cpuMicroseconds: user + system }
}

function current(): Follower {
  if (follower === undefined) throw new Error('prepare comes first')
  return follower
}

/** Only what the contender needs is loaded: it counts as its memory. */
async function createFollower(kind: FollowerKind, access: ApiAccess): Promise<Follower> {
  if (kind === 'stock') {
    const { createStock } = await import('./followers/create-stock.ts')
    return createStock(access)
  }
  if (kind === 'runtime' || kind === 'controller') {
    const { createRuntime } = await import('./followers/create-runtime.ts')
    return createRuntime(access, { controller: kind === 'controller' })
  }
  const { createFloor } = await import('./followers/create-floor.ts')
  return createFloor(access, { allowH2: kind !== 'floorHttp1', oneList: kind === 'floorOneList' })
}
