import diagnostics from 'node:diagnostics_channel'

import { microseconds } from '../support/microseconds.ts'
import { stampAnnotation } from './load.ts'

/** When a change was first here, in microseconds of the clock that all processes share. */
export type Arrival = readonly [stamp: string, microseconds: number]

/** Notes arrivals until it is disposed. */
export interface ArrivalTimes extends Disposable {
  readonly arrivals: readonly Arrival[]
}

const channel = 'undici:request:bodyChunkReceived'
const stampPattern = new RegExp(`"${stampAnnotation}":"(\\d+)"`, 'g')
/** More than the pattern can match, for one that two chunks share. */
const overlap = 100

/**
 * Reads the changes' numbers out of the bytes that undici hands on, whoever asked for them, before anything else sees them. It costs the
 * process some microseconds a change, so it is not to run while CPU time is measured.
 */
export function timeArrivals(): ArrivalTimes {
  const arrivals: Arrival[] = []
  let rest = ''
  const onChunk = (message: unknown): void => {
    const at = microseconds()
    const { chunk } = message as { readonly chunk: Uint8Array }
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    let end = 0
    for (const match of text.matchAll(stampPattern)) {
      arrivals.push([match[1] ?? '', at])
      end = match.index + match[0].length
    }
    rest = text.slice(Math.max(end, text.length - overlap))
  }
  diagnostics.subscribe(channel, onChunk)
  return { arrivals, [Symbol.dispose]: () => void diagnostics.unsubscribe(channel, onChunk) }
}
