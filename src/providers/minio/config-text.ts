import { ProviderError } from '../provider-error.ts'

/** One target as `get-config-kv` prints it. */
export interface ConfigTarget {
  /** Empty for the default target. */
  readonly name: string
  readonly values: Readonly<Record<string, string>>
  /** Keys that an environment variable of the servers fixes. */
  readonly overrides: readonly string[]
}

export const subsystem = 'audit_webhook'

/**
 * Reads the answer of `get-config-kv` (madmin-go `parse-config.go`): one line for each target, values with white space in double
 * quotes without any escape. `# MINIO_AUDIT_WEBHOOK_<KEY>[_<target>]=` lines stand before the target they override.
 */
export function parseConfigText(text: string, knownKeys: readonly string[]): readonly ConfigTarget[] {
  const targets: ConfigTarget[] = []
  let overrides: string[] = []
  for (const line of text.split('\n').map((row) => row.trim())) {
    if (line.startsWith('#')) {
      const key = overriddenKey(line, knownKeys)
      if (key !== undefined) overrides.push(key)
      continue
    }
    const [head = '', ...rest] = line.split(' ')
    const [section, name = ''] = head.split(':', 2)
    if (section !== subsystem) continue
    targets.push({ name, values: parseValues(rest.join(' ')), overrides })
    overrides = []
  }
  return targets
}

/**
 * The line that `set-config-kv` takes. The server looks for each known `key=` anywhere in the text and knows no escape, so a value
 * that holds one, a quote or a control character cannot be sent: it would be cut or glued silently.
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
  if (!/^[^\p{Cc}]*$/u.test(value)) return 'a control character'
  if (value.includes('"')) return 'a double quote'
  const key = knownKeys.find((known) => value.includes(`${known}=`))
  return key === undefined ? undefined : `the text '${key}='`
}

/** The field of the resource that a key comes from. */
function fieldOf(key: string): string {
  if (key === 'endpoint') return '`spec.endpoint`'
  return key === 'auth_token' ? 'the token in its Secret' : 'the `spec.minio` block'
}

function overriddenKey(line: string, knownKeys: readonly string[]): string | undefined {
  const variable = /^# MINIO_AUDIT_WEBHOOK_([^=]+)=/.exec(line)?.[1]
  if (variable === undefined) return undefined
  // The target's name follows the key behind an underscore and may hold underscores itself: the longest key wins.
  return [...knownKeys]
    .sort((a, b) => b.length - a.length)
    .find((key) => variable === key.toUpperCase() || variable.startsWith(`${key.toUpperCase()}_`))
}

function parseValues(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  const pair = /([a-z_]+)=(?:"([^"]*)"|(\S*))/gy
  for (let rest = text.trimStart(); rest !== ''; rest = rest.slice(pair.lastIndex).trimStart()) {
    pair.lastIndex = 0
    const match = pair.exec(rest)
    if (match === null) break
    const [, key = '', quoted, plain = ''] = match
    values[key] = quoted ?? plain
  }
  return values
}
