import { z } from 'zod'

/** `POST /login` and `/login/refresh`. */
export interface TokenAnswer {
  readonly access_token: string
  readonly refresh_token?: string | undefined
  /** Seconds. */
  readonly expires_in?: number | undefined
}

/** `GET /users/whoami`. */
export interface WhoamiAnswer {
  readonly role?: string | undefined
}

/** `GET /cluster`. */
export interface ClusterAnswer {
  readonly guid: string
  readonly name: string
  readonly release: string
}

/** `GET /s3`. The schema in WEKA's specification is broken; the field is that of the CLI's JSON. */
export interface S3Answer {
  readonly active?: boolean | undefined
}

/** `GET /s3/auditWebhook`. The answer says `authToken`, the request and the newer CLI `auth_token`: both are read. */
export interface WebhookAnswer {
  /** Null or absent counts as empty. */
  readonly endpoint?: string | null | undefined
  readonly enabled: boolean
  readonly authToken?: string | null | undefined
  readonly auth_token?: string | null | undefined
}

/** `GET /s3/containersAreReady`, by uid of the container. */
export type ReadinessAnswer = Readonly<Record<string, boolean>>

const shortText = z.string().max(256)

export const tokenAnswer: z.ZodType<TokenAnswer> = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.number().positive().optional(),
})

export const whoamiAnswer: z.ZodType<WhoamiAnswer> = z.object({ role: shortText.optional() })

export const clusterAnswer: z.ZodType<ClusterAnswer> = z.object({
  guid: shortText.min(1),
  name: shortText,
  release: shortText.min(1),
})

export const s3Answer: z.ZodType<S3Answer> = z.object({ active: z.boolean().optional() })

export const webhookAnswer: z.ZodType<WebhookAnswer> = z.object({
  endpoint: z.string().nullish(),
  enabled: z.boolean(),
  authToken: z.string().nullish(),
  auth_token: z.string().nullish(),
})

export const readinessAnswer: z.ZodType<ReadinessAnswer> = z.record(z.string(), z.boolean())

const eventList = z.object({ data: z.array(z.object({ type: z.string(), timestamp: z.string().max(64) })) })

/** Times of the events of a type, in the order of the answer; undefined when it is no list of events. */
export function eventTimes(body: unknown, type: string): readonly string[] | undefined {
  return eventList.safeParse(body).data?.data.flatMap((event) => (event.type === type ? [event.timestamp] : []))
}

/** The body of any answer: what is of interest stands under `data`, which can be anything. */
const envelope = z.object({ data: z.unknown() })

/**
 * What stands under `data`, taken out of an array of one, as WEKA's documentation shows it in places and no client saw it.
 * @returns undefined when the body is no such envelope or `data` has another type.
 */
export function parseAnswer<T>(schema: z.ZodType<T>, body: unknown): T | undefined {
  const { data } = envelope.safeParse(body).data ?? {}
  const single: unknown = Array.isArray(data) && data.length === 1 ? data[0] : data
  return schema.safeParse(single).data
}

const locked = /locked out for another\s+(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,8})(?:\.\d+)?s)?/i

/**
 * How long the account is locked, by the text that a cluster answers a login with ("... for another 1m55s ...").
 * @returns milliseconds; undefined when the text says nothing of a lock-out. Two minutes, WEKA's default, when it gives no time.
 */
export function lockoutMilliseconds(body: unknown): number | undefined {
  const { data } = envelope.safeParse(body).data ?? {}
  if (typeof data !== 'string' || !/locked out/i.test(data)) return undefined
  const [hours = 0, minutes = 0, seconds = 0] = (locked.exec(data) ?? []).slice(1).map((part) => Number(part ?? 0))
  const total = ((hours * 60 + minutes) * 60 + seconds) * 1000
  return total === 0 ? 120_000 : Math.min(total, 3_600_000)
}

const errorBody = z.object({
  message: z.string().optional().catch(undefined),
  data: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .nullish()
    .catch(undefined),
})

/**
 * The status that fits a body which tells of an error: clients have seen such bodies come with other statuses, 200 among them.
 * @returns undefined when it tells of none.
 */
export function statusOfError(body: unknown): 400 | 401 | 403 | undefined {
  const { message = '', data } = errorBody.safeParse(body).data ?? {}
  if (data === 'Unauthorized') return 401
  if (data === 'Forbidden' || lockoutMilliseconds(body) !== undefined) return 403
  if (typeof data === 'string') return undefined
  const told = ['error', 'missing_params'].some((key) => data?.[key] !== undefined && data[key] !== null)
  // A message beside real data is none of an error.
  const alone = message !== '' && (data?.['param'] !== undefined || Object.keys(data ?? {}).length === 0)
  return told || alone ? 400 : undefined
}

const refusal = z.object({
  message: z.string().optional(),
  data: z.object({ param: z.string().optional(), missing_params: z.array(z.string()).optional() }).optional(),
})

/** Which of the `known` parameters a 400 complains about. */
export function refusedParameter(body: unknown, known: readonly string[]): string | undefined {
  const { data } = refusal.safeParse(body).data ?? {}
  return known.find((name) => data?.param === name || data?.missing_params?.includes(name) === true)
}
