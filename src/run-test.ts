import type { TestConfig } from './config.ts'
import { InputTooLargeError } from './config/read-input.ts'
import type { Clock } from './kube/clock.ts'
import { createAddressGuard } from './net/address-guard.ts'
import { parseCaBundle } from './net/ca-bundle.ts'
import { createHttpClientFactory } from './net/http-client-factory.ts'
import type { TlsTrust } from './net/http-client.ts'
import type { Secret } from './observability/secret.ts'
import { buildAuthorization, normaliseToken } from './target/authorization-header.ts'
import { createTargetTester, type TargetSpec } from './target/ladder.ts'
import { type ReportRow, reportTest } from './target/test-report.ts'
import type { LadderLevel, Verdict } from './target/verdict.ts'
import { version } from './version.ts'

export interface RunTestOptions {
  readonly config: TestConfig
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly newId: () => string
  /** Reads a file whole; `-` is standard input. Rejects when it cannot. */
  readonly readFile: (path: string) => Promise<Uint8Array>
  /** Standard output, for the table. */
  readonly write: (text: string) => void
  /** Standard error, for why there is no table. */
  readonly writeError: (text: string) => void
  readonly signal: AbortSignal
}

/** What the command ends with: all passed; waiting may help; bad arguments; a person has to act. */
export type TestExitCode = 0 | 1 | 2 | 4

const tokenVariable = 'S3AUDIT_TOKEN'

/**
 * Climbs the whole ladder once, as the operator would, and writes a table of it. The token is never written.
 * @throws the signal's reason when aborted during a test
 */
export async function runTest(options: RunTestOptions): Promise<TestExitCode> {
  const { config, clock, newId, write, writeError, signal } = options
  const prepared = await prepare(options)
  if ('problem' in prepared) {
    writeError(`s3-audit-operator: ${prepared.problem}\n`)
    return 2
  }
  const { target } = prepared
  const levels: readonly LadderLevel[] = config.testEvent ? [0, 1, 2, 3] : [0, 1, 2]
  await using httpClients = createHttpClientFactory({
    clock,
    guard: createAddressGuard({ allow: config.allowEndpointCidrs, deny: config.denyEndpointCidrs, refuse: [] }),
    proxyFromEnvironment: config.proxyFromEnvironment,
  })
  const tester = createTargetTester({ httpClients, clock, newId, version })
  const verdicts = await tester.test(target, levels, { signal })
  write(`${table(reportTest(target, levels, verdicts))}\n`)
  return exitCode(verdicts)
}

type Prepared = { readonly target: TargetSpec } | { readonly problem: string }

async function prepare({ config, env, readFile }: RunTestOptions): Promise<Prepared> {
  const authorization = await readAuthorization(config, env, readFile)
  if ('problem' in authorization) return authorization
  const trust = await readTrust(config, readFile)
  if ('problem' in trust) return trust
  const { endpoint, targetType, timeoutMilliseconds, healthPath } = config
  return {
    target: {
      endpoint,
      targetType,
      ...(authorization.value === undefined ? {} : { authorization: authorization.value }),
      tls: trust.tls,
      timeoutMilliseconds,
      ...(healthPath === undefined ? {} : { healthPath }),
      resource: 'shell/test',
    },
  }
}

type Authorization = { readonly value: Secret | undefined } | { readonly problem: string }

async function readAuthorization(
  { tokenFile, authScheme, targetType }: TestConfig,
  env: RunTestOptions['env'],
  readFile: RunTestOptions['readFile'],
): Promise<Authorization> {
  const inherited = env[tokenVariable]
  if (tokenFile === undefined && (inherited === undefined || inherited === '')) return { value: undefined }
  const source = tokenFile === undefined ? tokenVariable : '--token-file'
  const given = tokenFile === undefined ? (inherited ?? '') : await tryToRead(readFile, tokenFile)
  if (typeof given === 'object' && 'problem' in given) return { problem: `${source}: ${given.problem}` }
  const normalised = normaliseToken(given)
  if ('problem' in normalised) return { problem: `${source} holds no token: ${normalised.problem}` }
  const scheme = authScheme ?? (targetType === 'SplunkHEC' ? 'Splunk' : 'Bearer')
  return { value: buildAuthorization({ scheme, token: normalised.token }) }
}

async function readTrust(
  { caFile, serverName, verify }: TestConfig,
  readFile: RunTestOptions['readFile'],
): Promise<{ readonly tls: TlsTrust } | { readonly problem: string }> {
  const tls: TlsTrust = {
    verification: verify ? 'Full' : 'None',
    ...(serverName === undefined ? {} : { serverName }),
  }
  if (caFile === undefined) return { tls }
  const given = await tryToRead(readFile, caFile)
  if ('problem' in given) return { problem: `--ca-file: ${given.problem}` }
  const bundle = parseCaBundle(new TextDecoder().decode(given))
  if ('problem' in bundle) return { problem: `--ca-file cannot be used: ${bundle.problem}` }
  return { tls: { ...tls, caCertificate: bundle.pem } }
}

/** The path is not repeated: it may be a token that was given in its place. */
async function tryToRead(
  readFile: RunTestOptions['readFile'],
  path: string,
): Promise<Uint8Array | { readonly problem: string }> {
  try {
    return await readFile(path)
  } catch (error) {
    if (error instanceof InputTooLargeError) return { problem: error.message }
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return { problem: `the file cannot be read${code}` }
  }
}

function exitCode(verdicts: readonly Verdict[]): TestExitCode {
  const last = verdicts.at(-1)?.class
  if (last === 'ok' || last === 'warning') return 0
  return last === 'transient' ? 1 : 4
}

const columns: readonly (readonly [head: string, cell: keyof ReportRow])[] = [
  ['LEVEL', 'level'],
  ['SENT', 'sent'],
  ['CAME BACK', 'cameBack'],
  ['VERDICT', 'verdict'],
  ['WHAT IT MEANS, AND WHAT TO DO', 'meaning'],
]

function table(rows: readonly ReportRow[]): string {
  const lines = [columns.map(([head]) => head), ...rows.map((row) => columns.map(([, cell]) => row[cell]))]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
