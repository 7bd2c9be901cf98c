import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { chartDirectory, helm } from './helm.ts'

export type Values = Readonly<Record<string, unknown>>

/** A manifest of a chart, of any kind. */
export interface Manifest {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string | undefined
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly [other: string]: unknown
}

const shape = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
})

const separator = /^---\n/mu

/** Where releases of these tests go. */
export const release: { readonly name: string; readonly namespace: string } = {
  name: 's3-audit-operator',
  namespace: 's3-audit-system',
}

/** The chart without any value. @throws Error with what Helm says. */
export async function renderDefaults(): Promise<readonly Manifest[]> {
  return parseManifests(await template(chartDirectory))
}

/**
 * The manifests of many sets of values, by the name of the set, in one call of Helm: the chart is the dependency of another one, once for
 * each set, under an alias.
 * @throws Error with what Helm says, when any set is refused.
 */
export async function renderValueSets(
  sets: Readonly<Record<string, Values>>,
): Promise<ReadonlyMap<string, readonly Manifest[]>> {
  const texts = await renderTexts(Object.values(sets))
  const parsed = new Map<string, readonly Manifest[]>()
  return new Map(Object.keys(sets).map((name, index) => [name, parseManifests(texts[index] ?? '', parsed)]))
}

/** The manifests as text, of many sets of values in one call of Helm. @throws Error with what Helm says, when any set is refused. */
export async function renderTexts(sets: readonly Values[]): Promise<readonly string[]> {
  const text = await withUmbrella(sets, template)
  const parts = text.split(separator)
  // Equal values give equal text.
  return sets.map((_set, index) =>
    parts
      .filter((part) => sourceOf(part).includes(`/charts/${alias(index)}/`))
      .join('---\n')
      .replaceAll(alias(index), 'alias'),
  )
}

/** What Helm says of each set of values that the schema is to refuse, in one call; empty where it refuses nothing. */
export async function refusals(sets: readonly Values[]): Promise<readonly string[]> {
  const { stderr } = await withUmbrella(sets, run)
  return sets.map(
    (_set, index) => new RegExp(`^${alias(index)}:\\n((?:- .*\\n?)+)`, 'mu').exec(stderr)?.[1]?.trim() ?? '',
  )
}

/** What Helm says of one set of values that a template refuses; undefined when it does not. */
export async function refusal(values: Values): Promise<string | undefined> {
  const { code, stderr } = await withUmbrella([values], run)
  return code === 0 ? undefined : stderr
}

function run(chart: string): ReturnType<typeof helm> {
  return helm(['template', release.name, chart, '--namespace', release.namespace])
}

async function template(chart: string): Promise<string> {
  const { code, stdout, stderr } = await run(chart)
  if (code !== 0) throw new Error(`helm template: ${stderr.trim()}`)
  return stdout
}

function alias(index: number): string {
  return `set-${index}-of-values`
}

async function withUmbrella<T>(sets: readonly Values[], use: (chart: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'chart-'))
  try {
    const name = 's3-audit-operator'
    const dependencies = sets.map((_set, index) => ({ name, version: '>=0.0.0-0', alias: alias(index) }))
    const chart = { apiVersion: 'v2', name: 'umbrella', version: '0.0.0', dependencies }
    // An alias takes the place of the chart's name.
    const values = Object.fromEntries(sets.map((set, index) => [alias(index), { nameOverride: name, ...set }]))
    await mkdir(join(directory, 'charts'))
    await Promise.all([
      cp(chartDirectory, join(directory, 'charts', name), { recursive: true }),
      writeFile(join(directory, 'Chart.yaml'), JSON.stringify(chart)),
      writeFile(join(directory, 'values.yaml'), JSON.stringify(values)),
    ])
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

function parseManifests(text: string, parsed = new Map<string, readonly Manifest[]>()): readonly Manifest[] {
  return text.split(separator).flatMap((part) => {
    // Most of what a set renders is as in other sets; the definitions are long.
    const known = parsed.get(part)
    if (known !== undefined) return known
    const manifests = parseAllDocuments(part).flatMap((document) => {
      const [error] = document.errors
      if (error !== undefined) throw new Error(`${sourceOf(part)} renders to no YAML: ${error.message}\n${part}`)
      const content: unknown = document.toJS()
      return content === null ? [] : [shape.parse(content)]
    })
    parsed.set(part, manifests)
    return manifests
  })
}

function sourceOf(part: string): string {
  return /^# Source: (\S+)/u.exec(part)?.[1] ?? ''
}
