import type { MetricDefinition } from './metric-definition.ts'
import { resourceMetricDefinitions } from './resource-metric-definitions.ts'
import type { Labels, ResourceMetric, ResourceSamples, SampleSource } from './sample.ts'

/**
 * So long is a piece of the exposition, in characters, and longer by what one resource has to tell by one metric at most. Each is some
 * 10 ms of work, and one turn of the event loop: with shorter ones ten thousand resources on a busy loop would take longer than
 * Prometheus waits.
 */
const chunkLength = 512 * 1024

/**
 * The metrics of resources in Prometheus' text format, version 0.0.4, as the client library would write them, in chunks of whole
 * lines. All samples of a metric stand together, as the format demands, so that each source is gone through once for each metric;
 * nothing is kept but the chunk that is being made. Metrics without samples are there with help and type.
 */
export function* resourceExposition(sources: readonly SampleSource[]): Generator<string, void, undefined> {
  let chunk = ''
  for (const piece of pieces(sources)) {
    chunk += piece
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

function* pieces(sources: readonly SampleSource[]): Generator<string, void, undefined> {
  for (const [metric, definition] of Object.entries(resourceMetricDefinitions)) {
    if (definition.type === 'histogram') continue
    yield header(definition)
    for (const source of sources) {
      for (const samples of source(metric as ResourceMetric)) yield sampleLines(definition.name, samples)
    }
  }
}

function header({ name, help, type }: MetricDefinition): string {
  return `\n# HELP ${name} ${escapeBreaks(help)}\n# TYPE ${name} ${type}\n`
}

function sampleLines(name: string, { labels, samples }: ResourceSamples): string {
  const start = `${name}{${labelPairs(labels)}`
  let lines = ''
  for (const { value, labels } of samples) {
    const own = labelPairs(labels)
    lines += `${start}${own === '' ? '' : ','}${own}} ${valueText(value)}\n`
  }
  return lines
}

function labelPairs(labels: Labels): string {
  let pairs = ''
  for (const [name, value] of Object.entries(labels)) {
    pairs += `${pairs === '' ? '' : ','}${name}="${escapeQuotes(escapeBreaks(value))}"`
  }
  return pairs
}

// What is asked first spares most of the time of a scrape: there is hardly ever something to replace.

function escapeQuotes(text: string): string {
  return text.includes('"') ? text.replaceAll('"', String.raw`\"`) : text
}

function escapeBreaks(text: string): string {
  if (!text.includes('\\') && !text.includes('\n')) return text
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'Nan'
  return value > 0 ? '+Inf' : '-Inf'
}
