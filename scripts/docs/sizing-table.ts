import { figure, mebibytes } from '../../bench/support/markdown.ts'
import { median } from '../../bench/support/statistics.ts'
import type { BenchResults } from './bench-results.ts'
import { markdownTable } from './markdown-table.ts'

/** What was measured, a row for each figure that somebody sizes by. A benchmark that is not recorded says so. */
export function sizingTable(results: BenchResults): string {
  return markdownTable(
    ['Benchmark', 'With', 'Measured'],
    [...soakRows(results), ...schedulerRows(results), ...containmentRows(results)],
  )
}

function soakRows({ soak }: BenchResults): readonly (readonly string[])[] {
  if (soak === undefined) return [notRecorded('soak')]
  const { webhooks, probe, quietSeconds, writes, scrapes } = soak
  const load = `${count(webhooks)} webhooks, each on a cluster of its own, tested every ${probe.periodSeconds} s`
  return [
    ['soak', load, `resident memory at most ${mebibytes(soak.rssBytes.highest)}`],
    [
      'soak',
      `${load}, its metrics read every 15 s`,
      `resident memory at most ${mebibytes(scrapes.highestRssBytes)}; ${mebibytes(scrapes.bytes)} in ${figure(median(scrapes.seconds))} s, ${figure(Math.max(...scrapes.seconds))} s at most`,
    ],
    ['soak', load, `${figure(soak.cpu * 100)} % of a core`],
    ['soak', load, `connections to the API server at most ${soak.connections.mostOpen}`],
    [
      'soak',
      `${load}, nothing changes for ${figure(quietSeconds / 60)} minutes`,
      `writes to the API server: ${count(writes.lastTest)} of \`lastTest\`, ${count(writes.lease)} of the Lease, ${count(writes.others)} others`,
    ],
    [
      'soak',
      `${load}, all in force`,
      `${figure(soak.resumeSeconds)} s from the start until all were read back and tested`,
    ],
  ]
}

function schedulerRows({ scheduler }: BenchResults): readonly (readonly string[])[] {
  if (scheduler === undefined) return [notRecorded('scheduler')]
  const { targets, periodSeconds, lagMilliseconds, cpu } = scheduler
  const load = `${count(targets)} targets, none shared, tested every ${periodSeconds} s over plain HTTP`
  return [
    [
      'scheduler',
      load,
      `tests late by ${figure(lagMilliseconds.p99)} ms (99 %), ${figure(lagMilliseconds.highest)} ms at most`,
    ],
    ['scheduler', load, `${figure(cpu * 100)} % of a core`],
  ]
}

function containmentRows({ containment }: BenchResults): readonly (readonly string[])[] {
  if (containment === undefined) return [notRecorded('containment')]
  const { clusters, hanging, start, change } = containment
  const load = `${clusters} WEKA clusters, of which ${hanging} take every request and answer none`
  const told = ({ with: beside, ratio }: typeof start): string =>
    `${figure(median(beside.map(({ all }) => all)))} s, ${figure(ratio.all)} times that without them`
  return [
    ['containment', load, `all others Synced after a start: ${told(start)}`],
    ['containment', load, `all others Synced after their tokens changed: ${told(change)}`],
  ]
}

function notRecorded(benchmark: string): readonly string[] {
  return [benchmark, '–', 'not recorded for this release']
}

function count(value: number): string {
  return value.toLocaleString('en')
}
