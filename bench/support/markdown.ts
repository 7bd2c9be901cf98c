import type { MachineFacts } from './machine-facts.ts'

/** A table; the first column is text, the others are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return `${[head, rule, ...rows].map(line).join('\n')}\n`
}

export function factsTable(facts: MachineFacts): string {
  return table(
    ['Machine', ''],
    [
      ['time, commit', `${facts.time}, ${facts.commit}`],
      ['CPU', `${facts.cpu}, ${facts.cores} cores`],
      ['memory', `${facts.memoryGiB} GiB`],
      ['system', facts.system],
      ['Node', facts.node],
      ['Kubernetes, etcd', `${facts.kubernetes}, ${facts.etcd}`],
      ['load average before', String(facts.loadAverage)],
    ],
  )
}

/** With three significant digits, or all digits of larger numbers; a dash for what could not be measured. */
export function figure(value: number = Number.NaN): string {
  if (!Number.isFinite(value)) return '-'
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
