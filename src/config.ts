import { type DoctorConfig, doctorFlags } from './config/doctor-flags.ts'
import type { Flag } from './config/flag.ts'
import { type Config, flags } from './config/flags.ts'
import { type CommandName, commandNames, helpText } from './config/help.ts'
import { type GivenValues, readArguments } from './config/read-arguments.ts'
import { readFlags, showValue } from './config/read-flags.ts'
import { type TestConfig, testFlags } from './config/test-flags.ts'
import { type UninstallConfig, uninstallFlags } from './config/uninstall-flags.ts'
import { version } from './version.ts'

export type { DoctorConfig } from './config/doctor-flags.ts'
export type { Config } from './config/flags.ts'
export type { TestConfig } from './config/test-flags.ts'
export type { UninstallConfig } from './config/uninstall-flags.ts'

type Problem = { readonly problem: string }

/** What the command line asks for; `problem` is one line that names the flag, its value and what must hold. */
export type ParsedConfig =
  | { readonly config: Config }
  | { readonly test: TestConfig }
  | { readonly uninstall: UninstallConfig }
  /** `name`: of the one resource that is meant; undefined: all of the namespace. */
  | { readonly doctor: DoctorConfig; readonly name: string | undefined }
  | { readonly crds: true }
  | Problem
  | { readonly help: string }
  | { readonly version: string }

type Environment = Readonly<Record<string, string | undefined>>

/** What stands on the command line after the command, judged as far as all commands agree. */
interface Given {
  readonly positionals: readonly string[]
  readonly values: ReadonlyMap<string, GivenValues>
}

/**
 * Reads flags, and `S3AUDIT_*` variables for those that are not given. Never throws.
 * @param podNamespace the namespace of the pod that the process runs in; undefined outside one.
 */
export function parseConfig(argv: readonly string[], env: Environment, podNamespace?: string): ParsedConfig {
  // The command comes first, since it decides which flags there are.
  const [first] = argv
  const named = commandNames.find((name) => name === first)
  const rest = named === undefined || named === 'run' ? argv : argv.slice(1)
  switch (named) {
    case 'test':
      return parseCommand(named, testFlags, rest, env, parseTest)
    case 'uninstall':
      return parseCommand(named, uninstallFlags, rest, env, (given) => parseUninstall(given, podNamespace))
    case 'doctor':
      return parseCommand(named, doctorFlags, rest, env, parseDoctor)
    case 'crds':
      return parseCommand(named, {}, rest, env, parseCrds)
    default:
      return parseCommand('run', flags, rest, env, (given) => parseRun(given, podNamespace))
  }
}

function parseCommand(
  command: CommandName,
  flagsOfCommand: Readonly<Record<string, Flag>>,
  argv: readonly string[],
  env: Environment,
  parse: (given: Given) => ParsedConfig,
): ParsedConfig {
  const all = Object.values(flagsOfCommand)
  const read = readArguments(argv, env, all)
  if ('problem' in read) return read
  if (read.help) return { help: helpText(command, all) }
  if (read.version) return { version }
  return parse({ positionals: read.positionals, values: read.given })
}

function parseRun({ positionals, values }: Given, podNamespace: string | undefined): ParsedConfig {
  const [named = 'run', unexpected] = positionals
  if (named !== 'run') {
    const commands = commandNames.map((name) => `'${name}'`).join(', ')
    return { problem: `unknown command ${showValue(named)}: there are ${commands}, and they come first` }
  }
  if (unexpected !== undefined) {
    return { problem: `unexpected argument ${showValue(unexpected)}: 'run' takes flags only` }
  }
  const read = readFlags<Config>(flags, values)
  if ('problem' in read) return read
  const config = withLeaseNamespace(read.settings, podNamespace)
  return lacksLeaseNamespace(config) ? { problem: `${noNamespace} when no second operator runs` } : { config }
}

function parseTest({ positionals: [unexpected], values }: Given): ParsedConfig {
  // It may be a token that was given in the wrong place, so it is not repeated.
  if (unexpected !== undefined) return { problem: "unexpected argument: 'test' takes flags only" }
  if (!values.has(testFlags.endpoint.name)) return { problem: '--endpoint is needed: the URL that is to be tested' }
  const read = readFlags<TestConfig>(testFlags, values)
  return 'problem' in read ? read : { test: read.settings }
}

function parseUninstall({ positionals: [unexpected], values }: Given, podNamespace: string | undefined): ParsedConfig {
  if (unexpected !== undefined) {
    return { problem: `unexpected argument ${showValue(unexpected)}: 'uninstall' takes flags only` }
  }
  const read = readFlags<UninstallConfig>(uninstallFlags, values)
  if ('problem' in read) return read
  const uninstall = withLeaseNamespace(read.settings, podNamespace)
  return lacksLeaseNamespace(uninstall) ? { problem: `${noNamespace} when no operator runs` } : { uninstall }
}

function parseDoctor({ positionals: [name, unexpected], values }: Given): ParsedConfig {
  if (unexpected !== undefined) {
    return { problem: `unexpected argument ${showValue(unexpected)}: 'doctor' takes one name and flags` }
  }
  if (name !== undefined && !/^[a-z\d](?:[-.a-z\d]{0,251}[a-z\d])?$/.test(name)) {
    return { problem: `${showValue(name)}: must be the name of an S3AuditWebhook or S3Cluster, without its kind` }
  }
  const read = readFlags<DoctorConfig>(doctorFlags, values)
  if ('problem' in read) return read
  const { namespace, allNamespaces } = read.settings
  if (allNamespaces && (namespace !== undefined || name !== undefined)) {
    return { problem: '--all-namespaces goes with neither a name nor --namespace' }
  }
  return { doctor: read.settings, name }
}

function parseCrds({ positionals: [unexpected] }: Given): ParsedConfig {
  return unexpected === undefined
    ? { crds: true }
    : { problem: `unexpected argument ${showValue(unexpected)}: 'crds' takes none` }
}

type Elected = Pick<Config, 'leaderElect' | 'leaderElectionNamespace'>

function withLeaseNamespace<C extends Elected>(config: C, podNamespace: string | undefined): C {
  return { ...config, leaderElectionNamespace: config.leaderElectionNamespace ?? podNamespace }
}

function lacksLeaseNamespace({ leaderElect, leaderElectionNamespace }: Elected): boolean {
  return leaderElect && leaderElectionNamespace === undefined
}

const noNamespace =
  '--leader-election-namespace is needed outside a pod: it names the namespace of the lease; or give --no-leader-elect'
