import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { type HecSimulator, startHecSimulator } from '../test/simulators/hec/hec-simulator.ts'
import { parseConfig } from './config.ts'
import { systemClock } from './kube/clock.ts'
import { runTest } from './run-test.ts'

const token = '0f1e2d3c-0000-4000-8000-00000000000a'

let simulator: HecSimulator
beforeEach(async () => {
  simulator = await startHecSimulator({ tokens: [{ token }], tls: 'own' })
})
afterEach(() => simulator[Symbol.asyncDispose]())

interface Shell {
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

interface Ended {
  readonly code: number
  /** What went to standard output, and to standard error. */
  readonly output: string
  readonly errors: string
}

/** The command line as a shell runs it. */
async function shell({ flags = [], env = {}, files = {} }: Shell): Promise<Ended> {
  const local = ['--allow-endpoint-cidr', '127.0.0.0/8', '--ca-file', 'ca.pem']
  const parsed = parseConfig(
    ['test', '--endpoint', `${simulator.url('raw').href}?index=audit`, ...local, ...flags],
    env,
  )
  if (!('test' in parsed)) throw new Error(JSON.stringify(parsed))
  const all: Readonly<Record<string, string>> = { 'ca.pem': simulator.caPem, ...files }
  let [output, errors] = ['', '']
  const code = await runTest({
    config: parsed.test,
    env,
    clock: systemClock,
    newId: () => 'an-id',
    readFile: (path) => {
      const content = all[path]
      return content === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(Buffer.from(content))
    },
    write: (text) => (output += text),
    writeError: (text) => (errors += text),
    signal: AbortSignal.timeout(60_000),
  })
  return { code, output, errors }
}

/** The table without what differs from run to run. */
function rows(output: string): readonly (readonly string[])[] {
  const [, ...lines] = output.trimEnd().split('\n')
  return lines.map((line) =>
    line.split(/ {2,}/u).map((cell) =>
      cell
        .replace(/in \d+ ms/u, 'in x ms')
        .replace(/\d{4}-\d\d-\d\d/u, 'a date')
        .replace(/127\.0\.0\.1:\d+/u, 'host'),
    ),
  )
}

describe('a test from a shell', () => {
  it('shows level by level what was sent, what came back and what it means', async () => {
    const { code, output } = await shell({ env: { S3AUDIT_TOKEN: token } })
    expect(rows(output)).toEqual([
      [
        '0',
        'TCP connection, TLS handshake',
        'connected, certificate until a date in x ms',
        'ok Healthy',
        'The target host can be connected to.',
      ],
      [
        '1',
        'GET /services/collector/health/1.0',
        'HTTP 200, HEC code 17 in x ms',
        'ok Healthy',
        'The target host is healthy (HEC code 17).',
      ],
      [
        '2',
        'POST /services/collector/raw, empty',
        'HTTP 400, HEC code 5 in x ms',
        'ok Healthy',
        'The target host is healthy and takes the token.',
      ],
      [
        '3',
        'POST /services/collector/raw, one event',
        'HTTP 200, HEC code 0 in x ms, event an-id',
        'ok Accepted',
        'The target host accepts events (HEC code 0).',
      ],
    ])
    expect(code).toBe(0)
    expect(simulator.accepted()).toMatchObject([{ event: { tags: { 's3audit.probe': 'shell/test' } } }])
  })

  it('ends at the level that fails, with the remedy and code 4 where a person has to act', async () => {
    const { code, output } = await shell({ flags: ['--token-file', 'token'], files: { token: 'wrong\n' } })
    expect(rows(output).slice(2)).toEqual([
      [
        '2',
        'POST /services/collector/raw, empty',
        'HTTP 403, HEC code 4 in x ms',
        'misconfigured TokenInvalid',
        'The target host does not know the token: correct it in the Secret, or create it there (HEC code 4).',
      ],
      ['3', '-', '-', 'not run'],
    ])
    expect(code).toBe(4)
  })

  it('ends with code 1 where waiting may help', async () => {
    await simulator.down()
    const { code, output } = await shell({ env: { S3AUDIT_TOKEN: token } })
    expect(rows(output)[0]).toContain('transient ConnectionRefused')
    expect(code).toBe(1)
  })

  it.each([
    { name: 'a nearly full queue', code: 24, paths: ['health'], want: '1 warning CapacityWarning', ends: 0 },
    { name: 'throttling', code: 26, paths: ['raw'], want: '2 transient Throttled', ends: 1 },
    { name: 'an event it cannot read', code: 6, paths: ['raw'], want: '3 rejected PayloadRejected', ends: 4 },
  ] as const)('tells $name, and ends with code $ends', async ({ code: given, paths, want, ends }) => {
    await simulator.fail({ mode: 'status', code: given, paths })
    const { code, output } = await shell({ env: { S3AUDIT_TOKEN: token } })
    expect(rows(output).map(([level, , , verdict]) => `${level} ${verdict}`)).toContain(want)
    expect(code).toBe(ends)
  })

  it('names the code that came where another one tells what it means', async () => {
    const event = ['--endpoint', simulator.url('event').href]
    const { output } = await shell({ env: { S3AUDIT_TOKEN: token }, flags: event })
    expect(rows(output).at(-1)?.slice(2)).toEqual([
      'HTTP 400, HEC code 13 in x ms, event an-id',
      'misconfigured EventWrapperMissing',
      'The target host wants events in a wrapper: use its path /services/collector/raw (HEC code 13).',
    ])
  })

  it('tells of no level that lies below a failure as one that was not run', async () => {
    const { output } = await shell({ flags: ['--target-type', 'HTTP'] })
    expect(rows(output).map(([level, , , verdict]) => `${level} ${verdict}`)).toEqual([
      '0 ok Healthy',
      '3 misconfigured AuthenticationRefused',
    ])
  })

  it('stores nothing with --no-test-event', async () => {
    const { code, output } = await shell({ env: { S3AUDIT_TOKEN: token }, flags: ['--no-test-event'] })
    expect(rows(output)).toHaveLength(3)
    expect(code).toBe(0)
    expect(simulator.acceptedTotal()).toBe(0)
  })

  it.each([
    { name: 'a file that is not there', shell: { flags: ['--token-file', 'none'] }, want: 'cannot be read' },
    {
      name: 'a file without a token',
      shell: { flags: ['--token-file', 'x'], files: { x: '\n' } },
      want: 'it is empty',
    },
    { name: 'a CA that is none', shell: { files: { 'ca.pem': 'hello' } }, want: '--ca-file cannot be used' },
    {
      name: 'a CA file that is not there',
      shell: { flags: ['--ca-file', 'none'] },
      want: '--ca-file: the file cannot',
    },
  ])('$name is told in a line on standard error, with code 2', async ({ shell: given, want }) => {
    const { code, output, errors } = await shell(given)
    expect(errors).toContain(want)
    expect(errors).toMatch(/^s3-audit-operator: [^\n]+\n$/u)
    expect(output).toBe('')
    expect(code).toBe(2)
  })

  it('shows neither token nor query', async () => {
    const outputs = [
      await shell({ env: { S3AUDIT_TOKEN: token } }),
      await shell({ flags: ['--token-file', 'token'], files: { token: `${token} ${token}` } }),
      await shell({ flags: ['--token-file', token] }),
      await shell({ flags: ['--ca-file', token] }),
    ]
    expect(JSON.stringify(outputs)).not.toContain(token)
    expect(JSON.stringify(outputs)).not.toContain('index=audit')
  })
})

/** The program itself. */
async function program(
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ended> {
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [main, 'test', ...args], { env: { ...process.env, ...env } })
  // Who does not want it closes it.
  child.stdin.on('error', () => undefined).end(input)
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode ?? -1, output, errors }
}

describe('the program', () => {
  it('reads the token from standard input, and writes the table to standard output', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'test-command-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const caFile = join(directory, 'ca.pem')
    await writeFile(caFile, simulator.caPem)
    const endpoint = ['--endpoint', simulator.url('raw').href, '--allow-endpoint-cidr', '127.0.0.0/8']
    const { code, output, errors } = await program([...endpoint, '--ca-file', caFile, '--token-file', '-'], {
      input: `${token}\n`,
    })
    expect(errors).toBe('')
    expect(
      rows(output)
        .map(([level, , , verdict]) => `${level} ${verdict}`)
        .at(-1),
    ).toBe('3 ok Accepted')
    expect(output).not.toContain(token)
    expect(code).toBe(0)
  }, 60_000)

  it('reads no device without end', async () => {
    const args = ['--endpoint', 'https://host.invalid/', '--token-file', '/dev/zero']
    const { code, output, errors } = await program(args)
    expect(errors).toBe('s3-audit-operator: --token-file: it is larger than 1 MiB\n')
    expect(output).toBe('')
    expect(code).toBe(2)
  }, 60_000)

  it('tells of a bad flag in one line on standard error', async () => {
    const { code, output, errors } = await program(['--endpoint', 'https://host.invalid/', '--token', token])
    expect(errors).toBe('s3-audit-operator: unknown flag --token: --help lists the flags\n')
    expect(output).toBe('')
    expect(code).toBe(2)
  }, 60_000)
})

describe('its arguments', () => {
  it.each([
    { name: 'no endpoint', given: [], want: '--endpoint is needed' },
    {
      name: 'an endpoint with a password',
      given: ['--endpoint', 'https://u:hunter2@host/'],
      want: '--endpoint: must be',
    },
    {
      name: 'an endpoint with a token',
      given: ['--endpoint', 'https://host/?token=hunter2'],
      want: '--endpoint: must be',
    },
    { name: 'another protocol', given: ['--endpoint', 'ftp://host/'], want: '--endpoint: must be' },
    { name: 'a token', given: ['--endpoint', 'https://host/', '--token', 'hunter2'], want: 'unknown flag --token' },
    {
      name: 'a word',
      given: ['--endpoint', 'https://host/', 'hello'],
      want: "unexpected argument: 'test' takes flags only",
    },
    { name: 'a token as a word', given: ['--endpoint', 'https://host/', 'hunter2'], want: 'unexpected argument' },
    {
      name: 'a token in the place of its scheme',
      given: ['--endpoint', 'https://host/', '--auth-scheme', 'Splunk hunter2'],
      want: '--auth-scheme: must be Splunk, Bearer or Verbatim',
    },
    { name: 'no protocol', given: ['--endpoint', 'host:8088?token=hunter2'], want: '--endpoint: must be' },
    { name: 'a flag of run', given: ['--endpoint', 'https://host/', '--listen', ':1'], want: 'unknown flag --listen' },
  ])('$name: $want', ({ given, want }) => {
    const parsed = parseConfig(['test', ...given], {})
    expect('problem' in parsed ? parsed.problem : parsed).toContain(want)
    expect(JSON.stringify(parsed)).not.toContain('hunter2')
  })

  it('have a help of their own', () => {
    const parsed = parseConfig(['test', '--help'], {})
    expect('help' in parsed ? parsed.help : '').toMatch(
      /--token-file <path>[\s\S]*S3AUDIT_TOKEN[\s\S]*Exit codes: 0 every/u,
    )
  })
})
