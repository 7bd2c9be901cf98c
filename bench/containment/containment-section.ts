import { factsTable, figure, table } from '../support/markdown.ts'
import { median } from '../support/statistics.ts'
import type { Contained, ContainmentResult, SyncTimes } from './containment-result.ts'

export function containmentSection(result: ContainmentResult): string {
  const { clusters, hanging, requestTimeoutSeconds, start, change } = result
  const answering = clusters - hanging
  return [
    '## Containment\n',
    `${clusters} WEKA clusters of which ${hanging} take every request and answer none; a call to one of them takes ${requestTimeoutSeconds} s. ` +
      `Seconds until the webhooks of the other ${answering} were Synced: the median, and in brackets all, of ${start.with.length} rounds.\n`,
    table(
      ['', `${answering} alone`, `beside ${hanging} that hang`, 'ratio'],
      [
        ...rows('after the start of the operator', start),
        ...rows('after a change of all tokens, as they begin to hang', change),
      ],
    ),
    factsTable(result.facts),
  ].join('\n')
}

function rows(title: string, contained: Contained): readonly (readonly string[])[] {
  const names = { p50: 'half of them', p99: '99 %', all: 'all' } as const
  const cell = (rounds: readonly SyncTimes[], name: keyof SyncTimes): string => {
    const values = rounds.map((times) => times[name])
    return `${figure(median(values))} (${values.map(figure).join(', ')})`
  }
  return (['p50', 'p99', 'all'] as const).map((name) => [
    `${title}: ${names[name]}`,
    cell(contained.without, name),
    cell(contained.with, name),
    `${figure(contained.ratio[name])}x`,
  ])
}
