import type { Flag } from './config/flag.ts'
import { type Config, flags } from './config/flags.ts'
import { helpText } from './config/help.ts'
import { type GivenValues, readArguments } from './config/read-arguments.ts'
import { type TestConfig, testFlags } from './config/test-flags.ts'
import { version } from './version.ts'

export type { Config } from './config/flags.ts'
export type { TestConfig } from './config/test-flags.ts'

/** What the command line asks for; `problem` is one line that names the flag, its value and what must hold. */
export type ParsedConfig =
  | { readonly config: Config }
  | { readonly test: TestConfig }
  | { readonly problem: string }
  | { readonly help: string }
  | { readonly version: string }

/** Longer values are cut where they are repeated to the user. */
const maximumShownLength = 80

/**
 * Reads flags, and `S3AUDIT_*` variables for those that are not given. Never throws.
 * @param podNamespace the namespace of the pod that the process runs in; undefined outside one.
 */
export function parseConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  podNamespace?: string,
): ParsedConfig {
  // The command comes first, since it decides which flags there are.
  const [command = 'run'] = argv
  if (command === 'test') return parseTest(argv.slice(1), env)
  const all: readonly Flag[] = Object.values(flags)
  const read = readArguments(argv, env, all)
  if ('problem' in read) return read
  if (read.help) return { help: helpText('run', all) }
  if (read.version) return { version }
  const [named = 'run', unexpected] = read.positionals
  if (named !== 'run')
    return { problem: `unknown command ${show(named)}: there are 'run' and 'test', and they come first` }
  if (unexpected !== undefined) return { problem: `unexpected argument ${show(unexpected)}: 'run' takes flags only` }
  try {
    const value = <T>(flag: Flag<T>): T => readValue(flag, read.given)
    const config = {
      kubeconfig: value(flags.kubeconfig),
      namespaces: value(flags.namespaces),
      listen: value(flags.listen),
      leaderElect: value(flags.leaderElect),
      leaderElectionNamespace: value(flags.leaderElectionNamespace) ?? podNamespace,
      concurrency: value(flags.concurrency),
      secretAccess: value(flags.secretAccess),
      allowEndpointCidrs: value(flags.allowEndpointCidrs),
      denyEndpointCidrs: value(flags.denyEndpointCidrs),
      deletionTimeoutMilliseconds: value(flags.deletionTimeoutMilliseconds),
      proxyFromEnvironment: value(flags.proxyFromEnvironment),
      installationId: value(flags.installationId),
      logLevel: value(flags.logLevel),
    }
    return config.leaderElect && config.leaderElectionNamespace === undefined ? { problem: noNamespace } : { config }
  } catch (error) {
    if (error instanceof BadValueError) return { problem: error.message }
    throw error
  }
}

function parseTest(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): ParsedConfig {
  const all: readonly Flag[] = Object.values(testFlags)
  const read = readArguments(argv, env, all)
  if ('problem' in read) return read
  if (read.help) return { help: helpText('test', all) }
  if (read.version) return { version }
  const [unexpected] = read.positionals
  // It may be a token that was given in the wrong place, so it is not repeated.
  if (unexpected !== undefined) return { problem: "unexpected argument: 'test' takes flags only" }
  if (!read.given.has(testFlags.endpoint.name)) return { problem: '--endpoint is needed: the URL that is to be tested' }
  try {
    const value = <T>(flag: Flag<T>): T => readValue(flag, read.given)
    return {
      test: {
        endpoint: value(testFlags.endpoint),
        targetType: value(testFlags.targetType),
        tokenFile: value(testFlags.tokenFile),
        authScheme: value(testFlags.authScheme),
        caFile: value(testFlags.caFile),
        serverName: value(testFlags.serverName),
        verify: value(testFlags.verify),
        healthPath: value(testFlags.healthPath),
        timeoutMilliseconds: value(testFlags.timeoutMilliseconds),
        testEvent: value(testFlags.testEvent),
        allowEndpointCidrs: value(testFlags.allowEndpointCidrs),
        denyEndpointCidrs: value(testFlags.denyEndpointCidrs),
        proxyFromEnvironment: value(testFlags.proxyFromEnvironment),
      },
    }
  } catch (error) {
    if (error instanceof BadValueError) return { problem: error.message }
    throw error
  }
}

/** @throws BadValueError */
function readValue<T>(flag: Flag<T>, all: ReadonlyMap<string, GivenValues>): T {
  const given = all.get(flag.name) ?? { source: '', values: flag.default === '' ? [] : [flag.default] }
  const result = flag.schema.safeParse(given.values)
  if (result.success) return result.data
  throw new BadValueError(describeProblem(flag, given, result.error.issues[0]?.path[0]))
}

const noNamespace =
  '--leader-election-namespace is needed outside a pod: it names the namespace of the lease; or give --no-leader-elect when no second operator runs'

class BadValueError extends Error {
  override readonly name = 'BadValueError'
}

function describeProblem(flag: Flag, { source, values }: GivenValues, index: PropertyKey | undefined): string {
  const value = values[typeof index === 'number' ? index : 0] ?? ''
  // A URL may hold a password or a token.
  const shown = flag.confidential === true || value.includes('://') ? '' : ` ${show(value)}`
  return `${source}${shown}: must be ${flag.rule}`
}

function show(value: string): string {
  const short = value.length > maximumShownLength ? `${value.slice(0, maximumShownLength)}...` : value
  return `'${short.replaceAll(/\p{Cc}/gu, ' ')}'`
}
