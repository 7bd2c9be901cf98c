import { afterEach, beforeEach, describe, expect, it } from 'vitest'

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

/** The command line as a shell runs it. */
async function shell({ flags = [], env = {}, files = {} }: Shell): Promise<{ code: number; output: string }> {
  const local = ['--allow-endpoint-cidr', '127.0.0.0/8', '--ca-file', 'ca.pem']
  const parsed = parseConfig(
    ['test', '--endpoint', `${simulator.url('raw').href}?index=audit`, ...local, ...flags],
    env,
  )
  if (!('test' in parsed)) throw new Error(JSON.stringify(parsed))
  const all: Readonly<Record<string, string>> = { 'ca.pem': simulator.caPem, ...files }
  let output = ''
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
    signal: AbortSignal.timeout(60_000),
  })
  return { code, output }
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
  ])('$name is told, with code 2', async ({ shell: given, want }) => {
    const { code, output } = await shell(given)
    expect(output).toContain(want)
    expect(code).toBe(2)
  })

  it('shows neither token nor query', async () => {
    const outputs = [
      await shell({ env: { S3AUDIT_TOKEN: token } }),
      await shell({ flags: ['--token-file', 'token'], files: { token: `${token} ${token}` } }),
    ]
    expect(JSON.stringify(outputs)).not.toContain(token)
    expect(JSON.stringify(outputs)).not.toContain('index=audit')
  })
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
    { name: 'a word', given: ['--endpoint', 'https://host/', 'hello'], want: "unexpected argument 'hello'" },
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
