/** A metric in an expression, with the labels that its matchers name. */
export interface NamedMetric {
  readonly metric: string
  readonly labels: readonly string[]
}

export interface NamesOfExpression {
  readonly metrics: readonly NamedMetric[]
  /** Labels of `by`, `on` and the like, which belong to the results of more than one metric. */
  readonly grouping: readonly string[]
}

const word = String.raw`[a-zA-Z_:][a-zA-Z0-9_:]*`
const text = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`
const groupings = new RegExp(String.raw`\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`, 'gu')
const operators: readonly string[] = ['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']
/** A selector: a name and its matchers; what a parenthesis or a grouping follows is a function. */
const selector = new RegExp(String.raw`(?<![\w:.$])(${word})\s*(\{(?:[^}"']|${text})*\})?(?!\s*\(|[\w:])`, 'gu')
const matcher = new RegExp(String.raw`(${word})\s*(?:=~|!~|!=|=)\s*(?:${text})`, 'gu')

/** The names that an expression of PromQL depends on. It must be one that Prometheus can parse, without comments. */
export function namesOfExpression(expression: string): NamesOfExpression {
  const grouping = [...expression.matchAll(groupings)].flatMap(([, labels = '']) => labels.match(/\w+/gu) ?? [])
  const bare = expression
    .replaceAll(groupings, '(')
    .replaceAll(/\[[^\]]*\]/gu, '')
    .replaceAll(/\boffset\s+\w+/gu, '')
  const metrics = [...bare.matchAll(selector)].flatMap(([, metric = '', matchers = '']) =>
    operators.includes(metric.toLowerCase())
      ? []
      : [{ metric, labels: [...matchers.matchAll(matcher)].map(([, label = '']) => label) }],
  )
  return { metrics, grouping }
}
