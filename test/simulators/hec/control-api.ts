import { z } from 'zod'

import type { HecSimulator } from './hec-simulator.ts'
import { jsonReply, type Reply } from './replies.ts'

/** Paths that drive the simulator instead of it; on the same port, without a token. */
export const controlPrefix = '/_sim/'

export interface ControlRequest {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array
}

const pressure = z.enum(['normal', 'warning', 'full'])
const milliseconds = z.int().min(0).max(86_400_000)

const scope = {
  paths: z.array(z.enum(['health', 'event', 'raw', 'ack', 'other'])).optional(),
  count: z.int().min(1).optional(),
  forMilliseconds: milliseconds.optional(),
}

const outage = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('refuse'), ...scope }),
  z.object({ mode: z.literal('reset'), ...scope }),
  z.object({ mode: z.literal('stall'), ...scope }),
  z.object({ mode: z.literal('slow'), delayMilliseconds: milliseconds, ...scope }),
  z.object({
    mode: z.literal('status'),
    code: z.int().min(0).max(27).optional(),
    retryAfterSeconds: z.int().min(0).optional(),
    redirect: z.string().optional(),
    html: z.boolean().optional(),
    httpStatus: z.int().min(200).max(599).optional(),
    ...scope,
  }),
])

const commands = {
  fail: outage,
  recover: z.object({}),
  pressure: z.object({ queue: pressure.optional(), ack: pressure.optional() }),
  addToken: z.object({
    token: z.string().min(1),
    disabled: z.boolean().optional(),
    useAck: z.boolean().optional(),
    allowedIndexes: z.array(z.string()).optional(),
    allowQueryStringAuth: z.boolean().optional(),
  }),
  revokeToken: z.object({ token: z.string() }),
  disableToken: z.object({ token: z.string() }),
  clearLog: z.object({}),
} as const

/**
 * `GET /_sim/state`, `GET /_sim/events`, and `POST /_sim/<command>` with a JSON object (an empty body is `{}`): `fail`, `recover`,
 * `pressure`, `addToken`, `revokeToken`, `disableToken`, `clearLog`. A command answers the new state, 400 what is wrong with it.
 * `fail` with mode `refuse` closes this port too: give it `forMilliseconds`.
 */
export async function answerControl(simulator: HecSimulator, request: ControlRequest): Promise<Reply> {
  const name = request.path.slice(controlPrefix.length)
  if (request.method === 'GET' && name === 'state') return jsonReply(200, stateOf(simulator))
  if (request.method === 'GET' && name === 'events') return jsonReply(200, { events: simulator.accepted() })
  if (request.method !== 'POST' || !isCommand(name)) {
    return jsonReply(404, { error: `No such control: ${request.method} ${name}`, commands: Object.keys(commands) })
  }
  try {
    const text = Buffer.from(request.body).toString('utf8')
    await run(simulator, name, text.trim() === '' ? {} : JSON.parse(text))
  } catch (error) {
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : String(error)
    return jsonReply(400, { error: problem })
  }
  return jsonReply(200, stateOf(simulator))
}

type Command = keyof typeof commands

function isCommand(name: string): name is Command {
  return Object.hasOwn(commands, name)
}

async function run(simulator: HecSimulator, command: Command, body: unknown): Promise<void> {
  switch (command) {
    case 'fail': {
      const wanted = commands.fail.parse(body)
      // The answer to this command could not be sent once the port is closed.
      if (wanted.mode === 'refuse') setTimeout(() => void simulator.fail(wanted), 50)
      else await simulator.fail(wanted)
      return
    }
    case 'recover':
      return simulator.recover()
    case 'pressure':
      return simulator.setPressure(commands.pressure.parse(body))
    case 'addToken':
      return simulator.addToken(commands.addToken.parse(body))
    case 'revokeToken':
      return simulator.revokeToken(commands.revokeToken.parse(body).token)
    case 'disableToken':
      return simulator.disableToken(commands.disableToken.parse(body).token)
    case 'clearLog':
      return simulator.clearLog()
  }
}

function stateOf(simulator: HecSimulator): object {
  return {
    up: simulator.isUp(),
    outages: simulator.outages(),
    requests: simulator.requests(),
    acceptedTotal: simulator.acceptedTotal(),
  }
}
