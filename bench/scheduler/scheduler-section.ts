import { factsTable, figure, table } from '../support/markdown.ts'
import type { SchedulerResult } from './scheduler-result.ts'

export function schedulerSection(result: SchedulerResult): string {
  const { lagMilliseconds: lag } = result
  return [
    '## Scheduler\n',
    `${result.targets.toLocaleString('en')} targets, each with a token of its own, tested every ${result.periodSeconds} s by one process over plain HTTP, ` +
      `for ${result.watchedSeconds} s: ${result.rounds.toLocaleString('en')} rounds.\n`,
    table(
      ['', ''],
      [
        ['rounds began late by, median', `${figure(lag.p50)} ms`],
        ['99th percentile', `${figure(lag.p99)} ms`],
        ['at most', `${figure(lag.highest)} ms`],
        ['CPU', `${figure(result.cpu * 100)} % of a core`],
        [
          `CPU of ${result.requests.toLocaleString('en')} plain requests of undici in as much time`,
          `${figure(result.floorCpu * 100)} % of a core`,
        ],
      ],
    ),
    factsTable(result.facts),
  ].join('\n')
}
