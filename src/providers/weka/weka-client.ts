import { ProviderError } from '../provider-error.ts'
import type { ClusterIdentity, ObservedWebhook } from '../provider.ts'
import {
  clusterAnswer,
  eventTimes,
  parseAnswer,
  type ReadinessAnswer,
  readinessAnswer,
  refusedParameter,
  s3Answer,
  webhookAnswer,
} from './answers.ts'
import type { ApiAnswer, ApiCall, ManagementApi } from './management-api.ts'
import { minuteCounts, minuteCountsPath } from './minute-counts.ts'
import { observedWebhook } from './observed-webhook.ts'
import type { Session, SessionHolder } from './session.ts'

/** What is written with `enable`. */
export interface WekaWebhookSetting {
  readonly endpoint: string
  readonly authToken: string
}

/** The routes that the operator uses, one method each. All throw ProviderError, or the signal's reason. */
export interface WekaClient {
  cluster(signal: AbortSignal): Promise<ClusterIdentity>
  /** @throws ProviderError S3NotRunning when the cluster has no S3 service. */
  webhook(signal: AbortSignal): Promise<ObservedWebhook>
  /** Undefined on releases without that route. */
  readiness(signal: AbortSignal): Promise<ReadinessAnswer | undefined>
  /** When the webhook was set the last few times, newest first, by whomever; undefined where the cluster does not tell. */
  enabledEvents(signal: AbortSignal): Promise<readonly string[] | undefined>
  /** Calls of the S3 API in each minute of the last day, as `minuteCounts` reads them. */
  apiOperations(signal: AbortSignal): Promise<readonly number[]>
  /** @throws UnknownOutcome when it may have taken effect. */
  enable(setting: WekaWebhookSetting, signal: AbortSignal): Promise<void>
  /** @throws UnknownOutcome when it may have taken effect. */
  disable(signal: AbortSignal): Promise<void>
}

/** Roles that WEKA documents as unable to change the cluster. Others are tried, for there is no table of routes and roles. */
const rolesThatCannotWrite: ReadonlySet<string> = new Set(['ReadOnly', 'Regular', 'S3'])

/** The one sign of a change that stands in every release since 3.12. */
const enabledEvent = 'S3AuditWebhookEnabledEvent'
const enablePath = '/s3/auditWebhook/enable'

export function createWekaClient(api: ManagementApi, sessions: SessionHolder): WekaClient {
  /** One call with the session; when the cluster no longer takes that, once more with a new one. */
  async function call(request: Omit<ApiCall, 'accessToken'>, signal: AbortSignal): Promise<[ApiAnswer, Session]> {
    for (let again = false; ; again = true) {
      const session = await sessions.get(signal)
      if (!request.repeatable && rolesThatCannotWrite.has(session.role ?? ''))
        throw permissionDenied(session, undefined)
      const answer = await api.call({ ...request, accessToken: session.accessToken }, signal)
      if (answer.status !== 401) return [answer, session]
      sessions.discard(session)
      if (again) {
        throw new ProviderError(
          'CredentialsRejected',
          `The WEKA cluster at ${answer.host} refused a session that it had just opened. Check the account, and the clocks of the nodes.`,
        )
      }
    }
  }

  async function get(path: string, signal: AbortSignal): Promise<ApiAnswer> {
    const [answer, session] = await call({ method: 'GET', path, repeatable: true }, signal)
    if (answer.status === 403) throw permissionDenied(session, answer.host)
    return answer
  }

  async function change(
    path: string,
    body: Readonly<Record<string, string>> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const request = { method: 'POST', path, ...(body === undefined ? {} : { body }), repeatable: false } as const
    const [answer, session] = await call(request, signal)
    if (answer.status >= 200 && answer.status < 300) return
    if (answer.status === 403) throw permissionDenied(session, answer.host)
    if (await isWithoutS3(signal)) throw s3NotRunning(answer.host)
    throw changeRefused(answer, path)
  }

  /** Asked when a route of the webhook fails: no source says how the cluster answers without an S3 service. */
  async function isWithoutS3(signal: AbortSignal): Promise<boolean> {
    const answer = await get('/s3', signal)
    return answer.status === 200 && parseAnswer(s3Answer, answer.body)?.active === false
  }

  return {
    async cluster(signal) {
      const answer = await get('/cluster', signal)
      const cluster = answer.status === 200 ? parseAnswer(clusterAnswer, answer.body) : undefined
      if (cluster === undefined) throw mismatch(answer, '/cluster')
      return { id: cluster.guid, name: cluster.name, version: cluster.release }
    },
    async webhook(signal) {
      const answer = await get('/s3/auditWebhook', signal)
      const webhook = answer.status === 200 ? parseAnswer(webhookAnswer, answer.body) : undefined
      if (webhook !== undefined) return observedWebhook(webhook)
      if (answer.status !== 200 && (await isWithoutS3(signal))) throw s3NotRunning(answer.host)
      throw mismatch(answer, '/s3/auditWebhook')
    },
    async readiness(signal) {
      const answer = await get('/s3/containersAreReady', signal)
      if (answer.status === 404) return undefined
      const readiness = answer.status === 200 ? parseAnswer(readinessAnswer, answer.body) : undefined
      if (readiness !== undefined) return readiness
      if (answer.status !== 200 && (await isWithoutS3(signal))) throw s3NotRunning(answer.host)
      throw mismatch(answer, '/s3/containersAreReady')
    },
    async enabledEvents(signal) {
      const answer = await get(`/events?type_list=${enabledEvent}&num_results=20&sort_order=dsc`, signal)
      return answer.status === 200 ? eventTimes(answer.body, enabledEvent) : undefined
    },
    async apiOperations(signal) {
      const answer = await get(minuteCountsPath, signal)
      const counts = answer.status === 200 ? minuteCounts(answer.body) : undefined
      if (counts === undefined) throw mismatch(answer, '/stats')
      return counts
    },
    enable: ({ endpoint, authToken }, signal) => change(enablePath, { endpoint, auth_token: authToken }, signal),
    disable: (signal) => change('/s3/auditWebhook/disable', undefined, signal),
  }
}

function permissionDenied(session: Session, host: string | undefined): ProviderError {
  const role = session.role === undefined ? 'The account' : `The account has the role ${known(session.role)} and`
  const where = host === undefined ? 'the WEKA cluster' : `the WEKA cluster at ${host}`
  return new ProviderError(
    'PermissionDenied',
    `${role} is not allowed to do this on ${where}. Give the Secret a user with the role ClusterAdmin; the user of the CSI driver will not do.`,
  )
}

/** A role is told only when it looks like one: the answer is not ours to print. */
function known(role: string): string {
  return /^[A-Za-z]{1,32}$/.test(role) ? role : 'of an unknown name'
}

function s3NotRunning(host: string): ProviderError {
  return new ProviderError(
    'S3NotRunning',
    `The WEKA cluster at ${host} has no S3 cluster, and its audit webhook belongs to that. Create it ('weka s3 cluster create').`,
  )
}

function changeRefused(answer: ApiAnswer, path: string): ProviderError {
  const { host, status, body } = answer
  if (status === 404) return mismatch(answer, path)
  if (status === 400 && path === enablePath) {
    const parameter = refusedParameter(body, ['endpoint', 'auth_token'])
    const what = parameter === undefined ? 'the audit webhook' : `the audit webhook's '${parameter}'`
    return new ProviderError(
      'InvalidSpec',
      `The WEKA cluster at ${host} does not accept ${what} (status 400). Correct \`spec.endpoint\` or the token.`,
    )
  }
  return new ProviderError(
    'ApplyFailed',
    `The WEKA cluster at ${host} refused to change the audit webhook with status ${status}. Look at its events.`,
  )
}

function mismatch({ host, status }: ApiAnswer, path: string): ProviderError {
  const hint =
    status === 404
      ? 'The release may be older than 4.2, or this is no WEKA cluster.'
      : 'Check the endpoints and the type of the cluster.'
  return new ProviderError(
    'ProviderMismatch',
    `${host} answered ${path} with status ${status} and not as WEKA's management API (version 2) does. ${hint}`,
  )
}
