import { badRequest, dataReply, jsonReply, notFound, type Reply } from './replies.ts'
import { type RouteHandlers, textField, type WekaContext, type WekaRequest } from './route.ts'
import { recordEvent, type WekaWebhook } from './state.ts'

/** The answer is not sent; the connection is reset or left open instead. */
export class LostAnswer extends Error {
  override readonly name = 'LostAnswer'
  readonly mode: 'reset' | 'stall'

  constructor(mode: 'reset' | 'stall') {
    super(`The answer is lost: ${mode}`)
    this.mode = mode
  }
}

/** Parts of the webhook that are to change. */
export type WebhookChange = { readonly [K in keyof WekaWebhook]?: WekaWebhook[K] | undefined }

export interface WebhookRoutes {
  readonly routes: RouteHandlers<
    'GET /s3/auditWebhook' | 'POST /s3/auditWebhook/enable' | 'POST /s3/auditWebhook/disable'
  >
  /** Changes the webhook as the CLI or the GUI would, without a call to the API. */
  setByHand(change: WebhookChange): void
}

/** The one webhook of the cluster. */
export function createWebhookRoutes(context: WekaContext): WebhookRoutes {
  const { state, knobs, clock, log } = context

  function show(): Reply {
    if (!state.s3.exists) return noS3Cluster()
    log.counters.gets++
    const { endpoint, authToken, enabled } = state.audit
    return dataReply({ endpoint, [knobs().tokenField]: displayed(authToken), enabled })
  }

  function displayed(token: string): string {
    if (token === '') return ''
    const { tokenDisplay } = knobs()
    return { clear: token, masked: '****', quoted: `\\"${token}\\"` }[tokenDisplay]
  }

  async function enable({ body }: WekaRequest): Promise<Reply> {
    if (!state.s3.exists) return noS3Cluster()
    const endpoint = textField(body, 'endpoint')
    const authToken = textField(body, 'auth_token')
    if (!knobs().acceptAnyEndpoint && !/^https?:\/\/[^/]/i.test(endpoint)) {
      return error(badRequest('Invalid parameter', { param: 'endpoint', error: 'endpoint is not a valid URL' }))
    }
    await pause(knobs().changeLatencyMilliseconds)
    Object.assign(state.audit, { endpoint, authToken, enabled: true })
    log.counters.enables++
    changed()
    return outcome()
  }

  async function disable(): Promise<Reply> {
    if (!state.s3.exists) return noS3Cluster()
    if (!state.audit.enabled && knobs().disableTwiceStatus === 400) {
      return error(badRequest('The audit webhook is disabled'))
    }
    await pause(knobs().changeLatencyMilliseconds)
    Object.assign(state.audit, { enabled: false, ...(knobs().disableClears ? { endpoint: '', authToken: '' } : {}) })
    log.counters.disables++
    changed()
    return outcome()
  }

  function changed(): void {
    const [type, word] = state.audit.enabled
      ? ['S3AuditWebhookEnabledEvent', 'enabled']
      : ['S3AuditWebhookDisabledEvent', 'disabled']
    recordEvent(state, clock, { type, category: 'S3', description: `The S3 audit webhook is ${word}` })
    context.onWebhookChanged()
  }

  /** The change is made by now; what the caller sees of it is another matter. */
  function outcome(): Reply {
    const failure = knobs().applyThenFail
    if (failure === null || failure.count === 0) return dataReply(null)
    failure.count--
    if (failure.mode === 'serverError') return jsonReply(500, { message: 'Internal error' })
    if (failure.mode === 'unavailable') return jsonReply(503, { message: 'Service unavailable' })
    throw new LostAnswer(failure.mode)
  }

  function noS3Cluster(): Reply {
    const message = 'There is no S3 cluster'
    return error(knobs().noS3Status === 404 ? notFound(message) : badRequest(message))
  }

  function error(reply: Reply): Reply {
    return knobs().errorsWithStatus200 ? { ...reply, status: 200 } : reply
  }

  function pause(milliseconds: number): Promise<void> | undefined {
    if (milliseconds === 0) return undefined
    return new Promise((resolve) => void clock.timer(milliseconds, resolve))
  }

  return {
    setByHand({ endpoint, authToken, enabled }) {
      const { audit } = state
      if (endpoint !== undefined) audit.endpoint = endpoint
      if (authToken !== undefined) audit.authToken = authToken
      if (enabled !== undefined) audit.enabled = enabled
      changed()
    },
    routes: {
      'GET /s3/auditWebhook': show,
      'POST /s3/auditWebhook/enable': enable,
      'POST /s3/auditWebhook/disable': disable,
    },
  }
}
