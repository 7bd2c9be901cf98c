import { z } from 'zod'

import { parseAnswer } from './answers.ts'

/** What counts the calls of the S3 API, by WEKA's list of statistics: category `ops_s3`, "Total of Ops per API", in Ops. */
const statistic = 'API_OPS'

/**
 * A day of it. WEKA's statistics are of whole minutes, so that a total is of one minute; what it becomes at a coarser resolution is
 * not documented. Periods are written as the command line writes them.
 */
export const minuteCountsPath: string = `/stats?category=ops_s3&stat=${statistic}&interval=1d&resolution_secs=60`

const maximumRows = 2_000
/** Fewer tell nothing of what is usual. */
const leastRows = 10
/** Milliseconds between two rows: anything else are not minutes. */
const gap = { least: 55_000, most: 65_000 } as const

/** The outer shape is published, the rows are as WEKA's own exporter reads them. */
const answer = z.object({
  all: z.object({
    ops_s3: z
      .array(z.object({ timestamp: z.string().max(64), stats: z.record(z.string(), z.unknown()) }))
      .max(maximumRows),
  }),
})

/**
 * Calls of the S3 API, cluster-wide, in each minute that is told, oldest first. Lenient, as no answer is published: a minute
 * without a number is left out.
 * @returns undefined when the answer is none of this kind, or counts something else than minutes.
 */
export function minuteCounts(body: unknown): readonly number[] | undefined {
  const rows = (parseAnswer(answer, body)?.all.ops_s3 ?? [])
    .flatMap(({ timestamp, stats }) => {
      const count = countOf(stats)
      return count === undefined ? [] : [{ time: Date.parse(timestamp), count }]
    })
    .sort((a, b) => a.time - b.time)
  if (rows.length < leastRows || rows.some(({ time }) => Number.isNaN(time))) return undefined
  const gaps = rows.slice(1).map(({ time }, index) => time - (rows[index]?.time ?? 0))
  const usual = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0
  const counts = rows.map(({ count }) => count)
  return usual < gap.least || usual > gap.most || isRunningTotal(counts) ? undefined : counts
}

/** The statistic itself, else the sum of what it is told of each kind of call: it is one with a parameter. */
function countOf(stats: Readonly<Record<string, unknown>>): number | undefined {
  const whole = numberOf(stats[statistic])
  if (whole !== undefined) return whole
  const parts = Object.entries(stats).flatMap(([name, value]) =>
    name.startsWith(statistic) && !/^\w/u.test(name.slice(statistic.length)) ? [numberOf(value)] : [],
  )
  const known = parts.filter((part) => part !== undefined)
  return known.length === 0 ? undefined : known.reduce((sum, part) => sum + part, 0)
}

/** WEKA's clients have seen numbers, numbers as text and the text `null`. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d/u.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
}

/** Half an hour in which no minute had fewer calls than the one before is none: this counts from the start of something. */
function isRunningTotal(counts: readonly number[]): boolean {
  const [first = 0] = counts
  const last = counts.at(-1) ?? 0
  return counts.length >= 30 && last > first && counts.every((count, index) => count >= (counts[index - 1] ?? 0))
}
