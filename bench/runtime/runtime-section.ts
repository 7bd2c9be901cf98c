import { factsTable, figure, mebibytes, table } from '../support/markdown.ts'
import type { FollowerKind } from './followers/follower.ts'
import type { ContenderResult, RuntimeResult } from './runtime-result.ts'

const titles: Readonly<Record<FollowerKind, string>> = {
  runtime: 'our informer',
  controller: 'our informer, queue and controller',
  stock: "the stock client's informer",
  floor: 'floor: same requests as ours, HTTP/2',
  floorHttp1: 'floor: same requests as ours, HTTP/1.1',
  floorOneList: "floor: the stock informer's requests, HTTP/2",
}

/** Ratios first, absolute numbers after. */
export function runtimeSection(result: RuntimeResult): string {
  const { contenders, queue } = result
  const kinds = Object.keys(titles) as readonly FollowerKind[]
  const rows = (cells: (contender: ContenderResult) => readonly string[]): readonly (readonly string[])[] =>
    kinds.map((kind) => [titles[kind], ...cells(contenders[kind])])
  const { floor } = contenders
  const times = (value = Number.NaN, of = Number.NaN): string => {
    const ratio = value / of
    return Number.isFinite(ratio) ? `${figure(ratio)}x` : '-'
  }
  return [
    '## Runtime\n',
    `${result.objects.toLocaleString('en')} S3AuditWebhooks of ${figure(result.bytesPerObject)} bytes each, median of ${result.rounds} rounds.\n`,
    '### Ratios to the floor\n',
    table(
      ['', 'list, time', 'list, CPU', 'watch, CPU per event', 'write to work, p99', 'memory'],
      rows(({ list, watch, latency, rssBytes }) => [
        times(list.milliseconds, floor.list.milliseconds),
        times(list.cpuMilliseconds, floor.list.cpuMilliseconds),
        times(watch.cpuMicrosecondsPerEvent, floor.watch.cpuMicrosecondsPerEvent),
        times(latency.sinceSent?.p99, floor.latency.sinceSent?.p99),
        times(rssBytes, floor.rssBytes),
      ]),
    ),
    `Queue operations: ${figure(queue.floor / queue.withoutMetrics)} times as long as a bare Set, ${figure(queue.floor / queue.withMetrics)} times with metrics.\n`,
    '### List and watch\n',
    table(
      ['', 'list ms', 'list CPU ms', 'events/s', 'CPU us/event', 'events/s of CPU', 'lost'],
      rows(({ list, watch }) => [
        figure(list.milliseconds),
        figure(list.cpuMilliseconds),
        figure(watch.eventsPerSecond),
        figure(watch.cpuMicrosecondsPerEvent),
        figure(1e6 / watch.cpuMicrosecondsPerEvent),
        String(watch.lost),
      ]),
    ),
    '### From write to work, 100 changes a second, milliseconds\n',
    table(
      [
        '',
        'changes',
        'p50 since sent',
        'p99',
        'highest',
        'p50 since answered',
        'p99',
        'p50 since arrived',
        'p99',
        'lost',
      ],
      rows(({ latency: { changes, lost, sinceSent, sinceAnswered, sinceArrived } }) => [
        String(changes),
        figure(sinceSent?.p50),
        figure(sinceSent?.p99),
        figure(sinceSent?.maximum),
        figure(sinceAnswered?.p50),
        figure(sinceAnswered?.p99),
        figure(sinceArrived?.p50),
        figure(sinceArrived?.p99),
        String(lost),
      ]),
    ),
    '### Calls, connections and memory\n',
    table(
      ['', 'ms for a GET', 'CPU ms', 'connections for 300 GETs', 'for list and watch', 'RSS'],
      rows(({ calls, connections, rssBytes }) => [
        figure(calls.milliseconds),
        figure(calls.cpuMilliseconds),
        String(calls.connections),
        String(connections),
        mebibytes(rssBytes),
      ]),
    ),
    '### Queue\n',
    table(
      ['', 'keys/s added, handed out and given back'],
      [
        ['our queue, with metrics', figure(queue.withMetrics)],
        ['our queue, without', figure(queue.withoutMetrics)],
        ['floor: a Set', figure(queue.floor)],
      ],
    ),
    factsTable(result.facts),
  ].join('\n')
}
