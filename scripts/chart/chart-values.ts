import { parse } from 'yaml'
import { z } from 'zod'

/** One value of a chart, as values.yaml and its comments tell. */
export interface ChartValue {
  /** From the outside in: `['image', 'tag']`. */
  readonly path: readonly string[]
  /** The heading that it stands under. */
  readonly section: string
  /** The comment above it, on one line. */
  readonly description: string
  readonly default: unknown
  /** What the comment adds after `@schema`: keywords of JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>
  /** Empty: the chart knows nothing inside it by name. */
  readonly children: readonly ChartValue[]
}

interface Comment {
  readonly section: string
  readonly description: string
  /** Undefined: it adds nothing. */
  readonly schema: ChartValue['schema'] | undefined
}

const map = z.record(z.string(), z.unknown())
const keyLine = /^(?<indent> *)(?<key>[A-Za-z]\w*):(?: |$)/u
const commentLine = /^ *# ?(?<text>.*)$/u

/**
 * Reads values.yaml. Above each key stands a comment that describes it; a line of it that begins with `@schema` holds keywords of JSON
 * Schema as a map of YAML. A comment with `##` begins a section. A map without `@schema` is a group of values, each with a comment of its
 * own and indented by two spaces.
 * @throws Error that names the key whose comment is missing or cannot be read.
 */
export function readChartValues(text: string): readonly ChartValue[] {
  const comments = readComments(text)
  return valuesOf(map.parse(parse(text)), [], comments)
}

/** The values that have no others below them, in the order of the file. */
export function leavesOf(values: readonly ChartValue[]): readonly ChartValue[] {
  return values.flatMap((value) => (value.children.length === 0 ? [value] : leavesOf(value.children)))
}

function valuesOf(
  values: Readonly<Record<string, unknown>>,
  above: readonly string[],
  comments: ReadonlyMap<string, Comment>,
): readonly ChartValue[] {
  return Object.entries(values).map(([key, value]) => {
    const path = [...above, key]
    const comment = comments.get(path.join('.'))
    if (comment === undefined || comment.description === '') {
      throw new Error(`${path.join('.')} in values.yaml needs a comment above it that describes it`)
    }
    const group = comment.schema === undefined ? map.safeParse(value) : undefined
    return {
      path,
      section: comment.section,
      description: comment.description,
      default: value,
      schema: comment.schema ?? {},
      children: group?.success === true ? valuesOf(group.data, path, comments) : [],
    }
  })
}

/** The comments of all lines that begin with a key, by the path of the key as its indentation tells. */
function readComments(text: string): ReadonlyMap<string, Comment> {
  const comments = new Map<string, Comment>()
  let section = ''
  let path: readonly string[] = []
  let above: readonly string[] = []
  for (const line of text.split('\n')) {
    const words = commentLine.exec(line)?.groups?.['text']
    const { key, indent = '' } = keyLine.exec(line)?.groups ?? {}
    if (words?.startsWith('# ') === true) section = words.slice(2)
    if (key !== undefined) {
      path = [...path.slice(0, indent.length / 2), key]
      comments.set(path.join('.'), readComment(path, section, above))
    }
    above = words === undefined ? [] : [...above, words]
  }
  return comments
}

function readComment(path: readonly string[], section: string, lines: readonly string[]): Comment {
  const marker = '@schema '
  const [schema, second] = lines.filter((line) => line.startsWith(marker))
  if (second !== undefined) throw new Error(`${path.join('.')} in values.yaml has a second line with @schema`)
  try {
    return {
      section,
      description: lines.filter((line) => !line.startsWith(marker)).join(' '),
      schema: schema === undefined ? undefined : map.parse(parse(schema.slice(marker.length))),
    }
  } catch (error) {
    throw new Error(`@schema of ${path.join('.')} in values.yaml is no map of YAML`, { cause: error })
  }
}
