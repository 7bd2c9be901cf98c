import { z } from 'zod'

import { knobsChange } from './knobs.ts'
import { jsonReply, type Reply } from './replies.ts'
import type { WekaSimulator } from './weka-simulator.ts'

/** Paths that drive the simulator instead of it; on the ports of the backends, without a token. */
export const controlPrefix = '/_sim/'

export interface ControlRequest {
  readonly method: string
  readonly path: string
  readonly body: Uint8Array
}

const milliseconds = z.int().min(0).max(86_400_000)
const backend = z.object({ index: z.int().min(0) })

const commands = {
  knobs: knobsChange,
  webhook: z.object({
    endpoint: z.string().optional(),
    authToken: z.string().optional(),
    enabled: z.boolean().optional(),
  }),
  user: z.object({
    username: z.string(),
    password: z.string(),
    org: z.string().default('Root'),
    role: z
      .enum(['ClusterAdmin', 'TenantAdmin', 'OrgAdmin', 'ReadOnly', 'Regular', 'S3', 'CSI'])
      .default('ClusterAdmin'),
  }),
  'revoke-tokens': z.object({ what: z.enum(['AccessTokens', 'AllTokens']).default('AllTokens') }),
  lockout: z.object({ threshold: z.int().min(1).optional(), durationMilliseconds: milliseconds.optional() }),
  'token-lifetime': z.object({
    accessSeconds: z.int().min(1).optional(),
    refreshSeconds: z.int().min(1).optional(),
  }),
  release: z.object({ release: z.string().min(1) }),
  's3-cluster': z.object({ exists: z.boolean() }),
  container: z.object({ index: z.int().min(0), ready: z.boolean() }),
  'start-backend': backend,
  'stop-backend': backend,
  'restart-backend': backend,
  's3-request': z.object({
    count: z.int().min(1).max(100_000).default(1),
    name: z.string().optional(),
    bucket: z.string().optional(),
    object: z.string().optional(),
    statusCode: z.int().min(100).max(599).optional(),
    userAgent: z.string().optional(),
  }),
  'forget-violations': z.object({}),
  reset: z.object({}),
} as const

type Command = keyof typeof commands

/**
 * `GET /_sim/state|counters|requests|violations|events|delivery|ca`, and `POST /_sim/<command>` with a JSON object (an empty body is `{}`).
 * A command answers the new state, 400 with what is wrong with it.
 */
export async function answerControl(simulator: WekaSimulator, request: ControlRequest): Promise<Reply> {
  const name = request.path.slice(controlPrefix.length)
  const view = request.method === 'GET' ? views[name] : undefined
  if (view !== undefined) return view(simulator)
  if (request.method !== 'POST' || !isCommand(name)) {
    const known = { views: Object.keys(views), commands: Object.keys(commands) }
    return jsonReply(404, { error: `No such control: ${request.method} ${name}`, ...known })
  }
  try {
    const text = new TextDecoder().decode(request.body)
    await run(simulator, name, text.trim() === '' ? {} : JSON.parse(text))
  } catch (error) {
    return jsonReply(400, { error: error instanceof z.ZodError ? z.prettifyError(error) : String(error) })
  }
  return jsonReply(200, stateOf(simulator))
}

const views: Readonly<Record<string, (simulator: WekaSimulator) => Reply>> = {
  state: (simulator) => jsonReply(200, stateOf(simulator)),
  counters: (simulator) => jsonReply(200, simulator.counters()),
  requests: (simulator) => jsonReply(200, { requests: simulator.requests() }),
  violations: (simulator) => jsonReply(200, { violations: simulator.violations() }),
  events: (simulator) => jsonReply(200, { events: simulator.events() }),
  delivery: (simulator) => jsonReply(200, { servers: simulator.delivery() }),
  ca: (simulator) => ({
    status: simulator.caPem === undefined ? 404 : 200,
    headers: { 'content-type': 'application/x-pem-file' },
    body: simulator.caPem ?? '',
  }),
}

function isCommand(name: string): name is Command {
  return Object.hasOwn(commands, name)
}

async function run(simulator: WekaSimulator, command: Command, body: unknown): Promise<void> {
  switch (command) {
    case 'knobs':
      return simulator.setKnobs(commands.knobs.parse(body))
    case 'webhook':
      return simulator.setWebhookByHand(commands.webhook.parse(body))
    case 'user':
      return simulator.setUser(commands.user.parse(body))
    case 'revoke-tokens':
      return simulator.revokeTokens(commands['revoke-tokens'].parse(body).what)
    case 'lockout':
      return simulator.setLockout(commands.lockout.parse(body))
    case 'token-lifetime':
      return simulator.setTokenLifetime(commands['token-lifetime'].parse(body))
    case 'release':
      return simulator.setRelease(commands.release.parse(body).release)
    case 's3-cluster':
      return simulator.setS3Cluster(commands['s3-cluster'].parse(body).exists)
    case 'container': {
      const { index, ready } = commands.container.parse(body)
      return simulator.setContainerReady(index, ready)
    }
    case 'start-backend':
      return simulator.startBackend(backend.parse(body).index)
    case 'stop-backend':
      return stopSoon(simulator, backend.parse(body).index)
    case 'restart-backend':
      return simulator.restartBackend(backend.parse(body).index)
    case 's3-request': {
      const { count, ...request } = commands['s3-request'].parse(body)
      for (let left = count; left > 0; left--) simulator.s3Request(request)
      return
    }
    case 'forget-violations':
      return simulator.forgetViolations()
    case 'reset':
      return simulator.reset()
  }
}

/** The command may have come through that very backend: it is answered first. */
function stopSoon(simulator: WekaSimulator, index: number): void {
  const { length } = simulator.endpoints
  if (index >= length) throw new RangeError(`There is no backend ${index}: they go from 0 to ${length - 1}`)
  setTimeout(() => void simulator.stopBackend(index), 50)
}

function stateOf(simulator: WekaSimulator): object {
  return {
    ...simulator.state(),
    knobs: simulator.knobs(),
    counters: simulator.counters(),
    violations: simulator.violations().length,
    delivery: simulator.delivery(),
  }
}
