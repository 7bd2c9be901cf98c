import type { ConfigTarget } from './config-text.ts'
import { durationSeconds } from './settings.ts'

type Rule = (values: Readonly<Record<string, string>>) => boolean

/** What the server demands of a target that is on (minio internal/logger/config.go), by key, in words after `must`. */
const rules: readonly { readonly key: string; readonly demand: string; readonly holds: Rule }[] = [
  { key: 'endpoint', demand: 'be an http or https URL', holds: ({ endpoint }) => isHttpUrl(endpoint ?? '') },
  {
    key: 'client_cert',
    demand: 'stand together with `client_key`',
    holds: ({ client_cert: certificate = '', client_key: key = '' }) => (certificate === '') === (key === ''),
  },
  { key: 'queue_size', demand: 'be a whole number above 0', holds: ({ queue_size: size }) => isWhole(size, 1) },
  { key: 'batch_size', demand: 'be a whole number above 0', holds: ({ batch_size: size }) => isWhole(size, 1) },
  { key: 'max_retry', demand: 'be a whole number', holds: ({ max_retry: count }) => isWhole(count, 0) },
  {
    key: 'retry_interval',
    demand: 'be a duration of at most 1m',
    holds: ({ retry_interval: interval }) => isDuration(interval, (seconds) => seconds <= 60),
  },
  {
    key: 'http_timeout',
    demand: 'be a duration of at least 1s',
    holds: ({ http_timeout: timeout }) => isDuration(timeout, (seconds) => seconds >= 1),
  },
]

/** Why the server finds a target invalid: a clause that names the key, never its value; undefined: it does not, as far as can be told. */
export function targetFault({ values, overrides }: ConfigTarget, knownKeys: readonly string[]): string | undefined {
  const unknown = Object.keys(values).find((key) => key !== 'enable' && key !== 'comment' && !knownKeys.includes(key))
  if (unknown !== undefined) return `it has the key '${unknown.slice(0, 64)}', which this server does not know`
  if (values['enable'] === 'off') return undefined
  const broken = rules.find(({ holds }) => !holds(values))
  if (broken === undefined) return undefined
  const origin = overrides.includes(broken.key) ? ', which the environment of the servers sets,' : ''
  return `its '${broken.key}'${origin} must ${broken.demand}`
}

/** As the server reads it: a host is needed. */
function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && /^https?:\/\/[^/]/i.test(text) && url.hostname !== ''
}

/** A key that is not there has the server's default. */
function isWhole(text: string | undefined, minimum: number): boolean {
  return text === undefined || (/^[+-]?\d+$/.test(text) && Number(text) >= minimum)
}

function isDuration(text: string | undefined, holds: (seconds: number) => boolean): boolean {
  if (text === undefined) return true
  const seconds = durationSeconds(text)
  return seconds !== undefined && holds(seconds)
}
