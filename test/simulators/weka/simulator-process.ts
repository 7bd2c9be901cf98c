import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { systemClock } from '../../../src/kube/clock.ts'
import { createAddressGuard } from '../../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../../src/net/http-client-factory.ts'
import type { HttpResponse } from '../../../src/net/http-client.ts'
import { Secret } from '../../../src/observability/secret.ts'

export interface Answer {
  readonly status: number
  readonly headers: HttpResponse['headers']
  /** Parsed where it is JSON, else text. */
  readonly body: unknown
}

export interface CallOptions {
  readonly body?: object
  /** @default 0 */
  readonly backend?: number
  /** @default 5,000 */
  readonly timeoutMilliseconds?: number
}

/** The simulator as a program of its own, and a client of it. */
export interface SimulatorProcess extends AsyncDisposable {
  /** Everything that it printed. */
  readonly output: () => string
  /** Calls the API with the session of the last login: `GET /cluster`. @throws TransportError */
  readonly api: (route: string, options?: CallOptions) => Promise<Answer>
  /** Logs in and keeps the session. */
  readonly login: (password?: string) => Promise<Answer>
  /** Logs in, or fails the test. @returns the tokens */
  readonly session: () => Promise<Readonly<Record<string, unknown>>>
  /** @param call a view or a command: `GET state` */
  readonly control: (call: string, body?: object) => Promise<Answer>
  /** Ends it as a user would. @returns its exit code */
  readonly stop: () => Promise<number | null>
}

export const password = 'canary-password-1'

export async function startSimulatorProcess(...flags: readonly string[]): Promise<SimulatorProcess> {
  await using stack = new AsyncDisposableStack()
  const program = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [program, '--port', '0', '--control-port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WEKA_SIMULATOR_PASSWORD: password },
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  stack.defer(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const printed: string[] = []
  child.stderr.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>()
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    printed.push(line)
    if (line.startsWith('Control at ')) resolve()
  })
  void exited.then(() => reject(new Error(`The simulator ended early: ${printed.join('\n')}`)))
  await ready

  const [backendLine = '', controlLine = ''] = printed
  const endpoints = backendLine.split(' ').filter((word) => word.startsWith('http'))
  const controlUrl = new URL(controlLine.split(' ').at(-1) ?? '')
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  const clients = stack.use(createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false }))
  let token: Secret | undefined

  async function send(url: URL, method: string, options: CallOptions, trust?: string): Promise<Answer> {
    const { body, timeoutMilliseconds = 5_000 } = options
    const client = clients.forTrust({ verification: 'Full', ...(trust === undefined ? {} : { caCertificate: trust }) })
    const response = await client.request({
      method: method === 'POST' ? 'POST' : 'GET',
      url,
      headers: {
        ...(token === undefined ? {} : { authorization: token }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMilliseconds,
      maximumBodyBytes: 1024 * 1024,
      signal: AbortSignal.timeout(30_000),
    })
    const text = new TextDecoder().decode(response.body)
    const isJson = response.headers['content-type']?.startsWith('application/json') === true
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }

  const control: SimulatorProcess['control'] = (call, body) => {
    const [method = '', name = ''] = call.split(' ')
    return send(new URL(`/_sim/${name}`, controlUrl), method, body === undefined ? {} : { body })
  }
  const ca = await control('GET ca')
  const trust = ca.status === 200 ? String(ca.body) : undefined

  const api: SimulatorProcess['api'] = (route, options = {}) => {
    const [method = '', path = ''] = route.split(' ')
    return send(new URL(`/api/v2${path}`, endpoints[options.backend ?? 0]), method, options, trust)
  }
  const login: SimulatorProcess['login'] = async (given = password) => {
    const answer = await api('POST /login', { body: { username: 'admin', password: given } })
    const { data } = answer.body as { data?: unknown }
    const [tokens] = [data].flat()
    if (answer.status === 200) token = new Secret(`Bearer ${(tokens as { access_token: string }).access_token}`)
    return answer
  }
  const resources = stack.move()
  return {
    output: () => printed.join('\n'),
    api,
    login,
    async session() {
      const { status, body } = await login()
      if (status !== 200) throw new Error(`The login was answered with ${status}`)
      const [tokens] = [(body as { data: unknown }).data].flat()
      return tokens as Readonly<Record<string, unknown>>
    },
    control,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
