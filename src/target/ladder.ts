import type { TargetType } from '../api/s3-audit-webhook.ts'
import type { Clock } from '../kube/clock.ts'
import { createTextPool } from '../kube/text-pool.ts'
import type { HttpClient, HttpClientFactory, HttpRequest, TlsTrust } from '../net/http-client.ts'
import { TransportError } from '../net/transport-error.ts'
import type { Secret } from '../observability/secret.ts'
import { type Answer, readAnswer } from './answer.ts'
import { hecCodeOf, judgeHecAnswer } from './hec-answer.ts'
import type { Meaning } from './hec-codes.ts'
import { hecUrls } from './hec-urls.ts'
import { judgeHttpAnswer } from './http-answer.ts'
import { testEvent, userAgent } from './test-event.ts'
import { transportMeaning } from './transport-meaning.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

/** What is tested, and as whom. */
export interface TargetSpec {
  readonly endpoint: URL
  readonly targetType: TargetType
  /** The whole `Authorization` value; absent: none is sent. */
  readonly authorization?: Secret
  readonly tls: TlsTrust
  /** Per level. */
  readonly timeoutMilliseconds: number
  /** HTTP only; absent: level 1 is skipped. */
  readonly healthPath?: string
  /** `namespace/name`, the mark in test events. */
  readonly resource: string
}

export interface TargetTesterOptions {
  readonly httpClients: HttpClientFactory
  readonly clock: Clock
  /** Unique ids for test events. */
  readonly newId: () => string
  /** Of the operator. */
  readonly version: string
}

export interface TargetTester {
  /**
   * Runs the levels from low to high and stops at the first that fails. A level that the type of target does not have gives no
   * verdict. @throws the signal's reason when aborted, and nothing else: what goes wrong is a verdict.
   */
  test(
    target: TargetSpec,
    levels: readonly LadderLevel[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly Verdict[]>
}

/** Answers are read so far; a collector's are far shorter. */
const maximumBodyBytes = 64 * 1024
/** A certificate that ends sooner deserves a warning. */
const certificateWarningMilliseconds = 21 * 86_400_000

/** What one level found out, before host and level are put to it. */
interface Finding {
  readonly meaning: Meaning
  readonly certificateNotAfter?: number | undefined
  readonly retryAfterMilliseconds?: number | undefined
  readonly testId?: string | undefined
  readonly httpStatus?: number | undefined
  readonly hecCode?: number | undefined
}

/** Messages that thousands of verdicts have in common are kept once. */
const pooledMessages = 1024

export function createTargetTester(options: TargetTesterOptions): TargetTester {
  const messages = createTextPool(pooledMessages)
  return {
    async test(target, levels, { signal }) {
      const verdicts: Verdict[] = []
      for (const level of [...new Set(levels)].sort((a, b) => a - b)) {
        const verdict = await climb(options, target, level, signal)
        if (verdict === undefined) continue
        verdicts.push({ ...verdict, message: messages(verdict.message) })
        if (verdict.class !== 'ok' && verdict.class !== 'warning') break
      }
      return verdicts
    },
  }
}

async function climb(
  options: TargetTesterOptions,
  target: TargetSpec,
  level: LadderLevel,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  const { clock } = options
  const started = clock.monotonic()
  const finding = await examine(options, target, level, signal).catch((error: unknown): Finding => {
    if (error instanceof TransportError) return { meaning: transportMeaning(error.code) }
    throw error
  })
  if (finding === undefined) return undefined
  const { meaning, certificateNotAfter, retryAfterMilliseconds, testId, httpStatus, hecCode } = finding
  return {
    level,
    class: meaning.class,
    reason: meaning.reason,
    message: `The target ${target.endpoint.host} ${meaning.text}.`,
    durationMilliseconds: clock.monotonic() - started,
    ...(certificateNotAfter === undefined ? {} : { certificateNotAfter }),
    ...(retryAfterMilliseconds === undefined ? {} : { retryAfterMilliseconds }),
    ...(testId === undefined ? {} : { testId }),
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(hecCode === undefined ? {} : { hecCode }),
  }
}

async function examine(
  options: TargetTesterOptions,
  target: TargetSpec,
  level: LadderLevel,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const ask = createAsker(options, target, signal)
  const isHec = target.targetType === 'SplunkHEC'
  if (level === 0) return path(options, target, signal)
  if (level === 1) return isHec ? hecHealth(target, ask) : httpHealth(target, ask)
  if (level === 2) return isHec ? token(target, ask) : undefined
  return event(options, target, ask)
}

async function path(options: TargetTesterOptions, target: TargetSpec, signal: AbortSignal): Promise<Finding> {
  const client = options.httpClients.forTrust(target.tls)
  const { timeoutMilliseconds } = target
  const { certificateNotAfter } = await client.connect(target.endpoint, { timeoutMilliseconds, signal })
  const ends = certificateNotAfter === undefined ? Number.POSITIVE_INFINITY : certificateNotAfter
  if (ends - options.clock.now() >= certificateWarningMilliseconds) {
    return { meaning: { class: 'ok', reason: 'Healthy', text: 'can be connected to' }, certificateNotAfter }
  }
  const text = `has a certificate that ends on ${new Date(ends).toISOString().slice(0, 10)}: renew it`
  return { meaning: { class: 'warning', reason: 'CertificateExpiring', text }, certificateNotAfter }
}

async function hecHealth(target: TargetSpec, ask: Asker): Promise<Finding> {
  const { health } = hecUrls(target.endpoint)
  for (const url of health) {
    const answer = await ask({ method: 'GET', url })
    const meaning = judgeHecAnswer({ level: 1 }, answer)
    if (!isMissing(answer, meaning)) return found(meaning, answer)
  }
  // Where a proxy lets only the data path through there is no health to ask for; the token test proves more, and stores nothing.
  return token(target, ask)
}

/** No health endpoint there, which is not to say that no collector is. */
function isMissing(answer: Answer, meaning: Meaning): boolean {
  return meaning.reason === 'WrongPath' || (answer.status === 400 && meaning.reason === 'NotAnEventCollector')
}

async function httpHealth(target: TargetSpec, ask: Asker): Promise<Finding | undefined> {
  if (target.healthPath === undefined) return undefined
  const answer = await ask({ method: 'GET', url: new URL(target.healthPath, target.endpoint.origin) })
  return found(judgeHttpAnswer(1, answer), answer)
}

async function token(target: TargetSpec, ask: Asker): Promise<Finding> {
  const answer = await ask({ method: 'POST', url: target.endpoint })
  return found(judgeHecAnswer({ level: 2 }, answer), answer)
}

async function event(options: TargetTesterOptions, target: TargetSpec, ask: Asker): Promise<Finding> {
  const testId = options.newId()
  const { resource, endpoint } = target
  const body = testEvent({ resource, id: testId, now: options.clock.now(), version: options.version })
  const answer = await ask({ method: 'POST', url: endpoint, body }).catch((error: unknown) => {
    if (error instanceof TransportError) return error
    throw error
  })
  // Whether the event arrived is unknown then, so its id is worth telling.
  if (answer instanceof TransportError) return { meaning: transportMeaning(answer.code), testId }
  const meaning =
    target.targetType === 'SplunkHEC'
      ? judgeHecAnswer({ level: 3, endpoint: hecUrls(endpoint).kind }, answer)
      : judgeHttpAnswer(3, answer)
  return { ...found(meaning, answer), testId }
}

function found(meaning: Meaning, answer: Answer): Finding {
  const { retryAfterMilliseconds, status } = answer
  return { meaning, retryAfterMilliseconds, httpStatus: status, hecCode: hecCodeOf(answer) }
}

type Asker = (request: Pick<HttpRequest, 'method' | 'url' | 'body'>) => Promise<Answer>

/** Asks as the S3 cluster would: its header, its content type. */
function createAsker(options: TargetTesterOptions, target: TargetSpec, signal: AbortSignal): Asker {
  const client: HttpClient = options.httpClients.forTrust(target.tls)
  const { authorization, timeoutMilliseconds } = target
  return async (request) => {
    const response = await client.request({
      ...request,
      headers: {
        'user-agent': userAgent(options.version),
        ...(request.method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(authorization === undefined ? {} : { authorization }),
      },
      timeoutMilliseconds,
      maximumBodyBytes,
      signal,
    })
    return readAnswer(response, options.clock.now())
  }
}
