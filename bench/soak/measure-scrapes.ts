import { setTimeout as sleep } from 'node:timers/promises'

import { request } from 'undici'

import { readRssBytes } from './process-sample.ts'

export interface ScrapeFigures {
  readonly count: number
  /** Of the last answer. */
  readonly bytes: number
  readonly seconds: readonly number[]
  /** Of the process, from before the first to after the last. */
  readonly highestRssBytes: number
}

const count = 10
/** Prometheus' usual ones are further apart: this gives garbage less time to go. */
const pauseMilliseconds = 15_000
const lookMilliseconds = 100

/** Reads all metrics again and again, as Prometheus does, and looks at the memory of the process meanwhile. */
export async function measureScrapes(url: string, pid: number): Promise<ScrapeFigures> {
  const seconds: number[] = []
  let [bytes, highestRssBytes] = [0, 0]
  const watching = new AbortController()
  const watch = async (): Promise<void> => {
    while (!watching.signal.aborted) {
      highestRssBytes = Math.max(highestRssBytes, await readRssBytes(pid))
      await sleep(lookMilliseconds)
    }
  }
  const watched = watch()
  try {
    for (let scrape = 0; scrape < count; scrape++) {
      const start = performance.now()
      bytes = await lengthOf(url)
      seconds.push((performance.now() - start) / 1000)
      await sleep(pauseMilliseconds)
    }
  } finally {
    watching.abort()
    await watched
  }
  return { count, bytes, seconds, highestRssBytes }
}

async function lengthOf(url: string): Promise<number> {
  // A connection of its own: one that is kept may be closed by the other side in the moment in which it is used again.
  const { statusCode, body } = await request(url, { reset: true })
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`)
  const chunks: AsyncIterable<Uint8Array> = body
  let length = 0
  for await (const chunk of chunks) length += chunk.length
  return length
}
