import { factsTable, figure, mebibytes, table } from '../support/markdown.ts'
import { median } from '../support/statistics.ts'
import type { SoakResult } from './soak-result.ts'

export function soakSection(result: SoakResult): string {
  const { writes, rssBytes, connections, sockets, scrapes, world } = result
  return [
    '## Soak\n',
    `${result.webhooks.toLocaleString('en')} webhooks in force, each on an S3 cluster of its own, nothing to do for ${figure(result.quietSeconds / 60)} minutes. The operator ran from its ${result.entry}. ` +
      `Targets were tested every ${result.probe['periodSeconds']} s, test events sent every ${result.probe['testEventPeriodSeconds']} s, ` +
      `webhooks read back every ${result.driftCheckSeconds} s.\n`,
    table(
      ['Writes to the API server', ''],
      [
        ['of the lease', String(writes.lease)],
        ['of `lastTest` alone', String(writes.lastTest)],
        ['others', String(writes.others)],
      ],
    ),
    table(
      ['Process', 'at first', 'highest', 'at last'],
      [
        ['RSS', mebibytes(rssBytes.first), mebibytes(rssBytes.highest), mebibytes(rssBytes.last)],
        [
          'connections to the API server',
          String(connections.openAtFirst),
          String(connections.mostOpen),
          String(connections.openAtLast),
        ],
        ['all sockets', String(sockets.first), String(sockets.highest), String(sockets.last)],
      ],
    ),
    table(
      ['Meanwhile', ''],
      [
        ['connections opened to the API server', String(connections.opened)],
        ['reads of the API server', JSON.stringify(result.reads)],
        ['CPU of the operator', `${figure(result.cpu * 100)} % of a core`],
        ['tests of targets', String(world.targetTests)],
        ['test events', String(world.testEvents)],
        ['webhooks read back', String(world.reads)],
        ['webhooks changed on clusters', String(world.changes)],
        ['log lines of level error', String(result.errorLines)],
        ['before: from restart until all were read back and tested', `${figure(result.resumeSeconds)} s`],
      ],
    ),
    table(
      ['Then: scrapes of `/metrics`, 15 s apart', ''],
      [
        ['length of an answer', mebibytes(scrapes.bytes)],
        ['time, median', `${figure(median(scrapes.seconds))} s`],
        ['time, at most', `${figure(Math.max(...scrapes.seconds))} s`],
        [`RSS, highest in ${scrapes.count} scrapes`, mebibytes(scrapes.highestRssBytes)],
      ],
    ),
    factsTable(result.facts),
  ].join('\n')
}
