import { code, markdownTable, prose } from '../docs/markdown-table.ts'
import type { ChartValue } from './chart-values.ts'

/** The reference of a chart's values, a table for each section. */
export function valuesTable(values: readonly ChartValue[]): string {
  const sections = Map.groupBy(values, ({ section }) => section)
  return [...sections]
    .map(
      ([section, own]) =>
        `### ${section}\n\n${markdownTable(['Value', 'Default', 'Description'], own.flatMap(rowsOf))}`,
    )
    .join('\n\n')
}

/** A group stands above what is in it, without a default. */
function rowsOf(value: ChartValue): readonly (readonly string[])[] {
  const isGroup = value.children.length > 0
  const row = [
    code(value.path.join('.')),
    isGroup ? '' : code(JSON.stringify(value.default)),
    `${prose(value.description)}${choicesOf(value)}`,
  ]
  return [row, ...value.children.flatMap(rowsOf)]
}

function choicesOf({ schema }: ChartValue): string {
  return Array.isArray(schema['enum'])
    ? ` One of ${schema['enum'].map((choice) => code(JSON.stringify(choice))).join(', ')}.`
    : ''
}
