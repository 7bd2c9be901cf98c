import { ProviderError } from '../provider-error.ts'

/** One target as `get-config-kv` prints it. */
export interface ConfigTarget {
  /** Empty for the default target. */
  readonly name: string
  /** As in force: the value of the environment where there is one, else the stored one. */
  readonly values: Readonly<Record<string, string>>
  /** Keys that an environment variable of the servers fixes. */
  readonly overrides: readonly string[]
}

export const subsystem = 'audit_webhook'

const variable = /^# MINIO_AUDIT_WEBHOOK_([^=]+)=(.*)$/s
// Blanks alone separate: what else Go takes for white space stands in quotes, and JavaScript takes more for it than Go.
const pair = /(?<=^| )([a-z_]+)=(?:"([^"]*)"|([^ ]*))/g

/**
 * Reads the answer of `get-config-kv` (madmin-go `parse-config.go`): one line for each target, values with white space in double
 * quotes without any escape. `# MINIO_AUDIT_WEBHOOK_<KEY>[_<target>]=` lines stand before the target they override, which has
 * nothing but its name when only the environment makes it.
 */
export function parseConfigText(text: string): readonly ConfigTarget[] {
  const targets: ConfigTarget[] = []
  let variables: (readonly [name: string, value: string])[] = []
  for (const line of text.split('\n').map((row) => row.replaceAll(/^[ \r]+|[ \r]+$/g, ''))) {
    if (line.startsWith('#')) {
      const [, name, value = ''] = variable.exec(line) ?? []
      if (name !== undefined) variables.push([name, value])
      continue
    }
    const head = line.split(' ', 1)[0] ?? ''
    const [section, name = ''] = head.split(':', 2)
    if (section !== subsystem) continue
    const fixed = Object.fromEntries(variables.map(([variableName, value]) => [keyOf(variableName, name), value]))
    targets.push({ name, values: { ...parseValues(line), ...fixed }, overrides: Object.keys(fixed) })
    variables = []
  }
  return targets
}

/** The key that a variable of this target sets: `QUEUE_SIZE_my_target` is `queue_size`. */
function keyOf(variableName: string, target: string): string {
  const suffix = target === '' ? '' : `_${target}`
  return variableName.slice(0, variableName.length - suffix.length).toLowerCase()
}

function parseValues(line: string): Record<string, string> {
  return Object.fromEntries([...line.matchAll(pair)].map(([, key = '', quoted, plain = '']) => [key, quoted ?? plain]))
}

/**
 * The line that `set-config-kv` takes. The server looks for each known `key=` anywhere in the text, strips quotes and knows no
 * escape, so a value that holds such a key, a quote or a control character cannot be sent: it would be cut or glued silently.
 * @throws ProviderError InvalidSpec, naming the key and never the value
 */
export function printConfigLine(
  targetName: string,
  values: Readonly<Record<string, string>>,
  knownKeys: readonly string[],
): string {
  const parts = Object.entries(values).map(([key, value]) => {
    const problem = unsafePart(value, knownKeys)
    if (problem === undefined) return `${key}="${value}"`
    throw new ProviderError(
      'InvalidSpec',
      `MinIO cannot take the value of '${key}': it holds ${problem}, and the server would cut it there. Change ${fieldOf(key)}.`,
    )
  })
  return `${subsystem}:${targetName} ${parts.join(' ')}`
}

function unsafePart(value: string, knownKeys: readonly string[]): string | undefined {
  const [control] = /\p{Cc}/u.exec(value) ?? []
  if (control !== undefined) return `the control character ${codePoint(control)}`
  if (value.includes('"')) return 'a double quote (")'
  if (value.startsWith("'")) return "a single quote (') at its beginning"
  if (value.endsWith("'")) return "a single quote (') at its end"
  const key = knownKeys.find((known) => value.includes(`${known}=`))
  return key === undefined ? undefined : `the text '${key}='`
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** The field of the resource that a key comes from. */
function fieldOf(key: string): string {
  if (key === 'endpoint') return '`spec.endpoint`'
  return key === 'auth_token' ? 'the token in its Secret' : 'the `spec.minio` block'
}
