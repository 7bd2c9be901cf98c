/** One series of the text exposition format (Prometheus 0.0.4). */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g

/** The series whose names begin with `prefix`. Lines that are no samples are left out. */
export function parseSamples(text: string, prefix: string): readonly Sample[] {
  const samples: Sample[] = []
  for (const row of text.split('\n')) {
    if (!row.startsWith(prefix)) continue
    const match = line.exec(row)
    const [, name, labels = '', value = ''] = match ?? []
    const number = Number(value.replace('+Inf', 'Infinity').replace('-Inf', '-Infinity'))
    if (name === undefined || Number.isNaN(number)) continue
    samples.push({ name, labels: parseLabels(labels), value: number })
  }
  return samples
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(label)].map(([, name = '', value = '']) => [name, unescaped(value)]))
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
}
