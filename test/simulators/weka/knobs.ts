import { z } from 'zod'

/** Something that goes wrong with one backend. */
export interface BackendFault {
  /** `untrusted`: a certificate of another CA. `stall`: the request is taken and never answered. */
  mode: 'untrusted' | 'unavailable' | 'throttled' | 'reset' | 'stall' | 'html' | 'serverError'
  /** Requests that it hits; absent: all until it is taken away. */
  count?: number | undefined
  /** The one route that it hits, below `/api/v2`; absent: all. */
  path?: string | undefined
  /** Sent with `throttled` and `unavailable`. */
  retryAfterSeconds?: number | undefined
}

/**
 * Where the documentation is silent or fails, the simulator can go either way. Each default is the documented reading.
 */
export interface WekaKnobs {
  /** Name of the token in the answer of GET. */
  tokenField: 'authToken' | 'auth_token'
  /** How GET shows the token: as stored, as asterisks, or within `\"` as the CLI's examples have it. */
  tokenDisplay: 'clear' | 'masked' | 'quoted'
  loginDataAsArray: boolean
  /** Before every answer. */
  latencyMilliseconds: number
  /** Before `enable` and `disable` take effect. */
  changeLatencyMilliseconds: number
  /** The change takes effect and then this is what the caller sees, `count` times. */
  applyThenFail: { mode: 'serverError' | 'unavailable' | 'reset' | 'stall'; count: number } | null
  /** How long containers are not ready after a change; 0: no restart. */
  restartMilliseconds: number
  /** Whether a fresh S3 cluster says `enabled: true` although nothing is configured. */
  freshEnabled: boolean
  /** Whether `disable` forgets endpoint and token. */
  disableClears: boolean
  /** Status of `disable` when the webhook is off already. */
  disableTwiceStatus: 200 | 400
  /** Status of the webhook's routes without an S3 cluster. */
  noS3Status: 400 | 404
  /** Whether `enable` takes any text as endpoint. */
  acceptAnyEndpoint: boolean
  /** Whether errors of the webhook's routes come with status 200, told by the body alone. */
  errorsWithStatus200: boolean
  /** Whether `GET /s3/containersAreReady` exists. */
  readinessRoute: boolean
  /** Whether `GET /events` exists. */
  eventsRoute: boolean
  /** Status of `GET /stats`. */
  statsStatus: 200 | 403 | 404
  /** Whether the calls of the S3 API are told by kind instead of together. */
  statsByApi: boolean
  /** Calls of the S3 API that the statistics tell in each minute, beside those that were made: over and over. */
  operationsPerMinute: readonly number[]
  /** What single backends say they run, by number, as in the middle of an upgrade; the others tell the cluster's release. */
  backendReleases: Record<string, string>
  /** By number of the backend. */
  backendFaults: Record<string, BackendFault>
}

/** Some of the knobs; a key whose value is undefined is not meant. */
export type KnobsChange = { readonly [K in keyof WekaKnobs]?: WekaKnobs[K] | undefined }

export const defaultKnobs: Readonly<WekaKnobs> = {
  tokenField: 'authToken',
  tokenDisplay: 'clear',
  loginDataAsArray: false,
  latencyMilliseconds: 0,
  changeLatencyMilliseconds: 0,
  applyThenFail: null,
  restartMilliseconds: 5_000,
  freshEnabled: true,
  disableClears: false,
  disableTwiceStatus: 200,
  noS3Status: 400,
  acceptAnyEndpoint: false,
  errorsWithStatus200: false,
  readinessRoute: true,
  eventsRoute: true,
  statsStatus: 200,
  statsByApi: false,
  operationsPerMinute: [],
  backendReleases: {},
  backendFaults: {},
}

const milliseconds = z.int().min(0).max(600_000)

const backendNumber = z.string().regex(/^\d+$/)

const backendFault = z.object({
  mode: z.enum(['untrusted', 'unavailable', 'throttled', 'reset', 'stall', 'html', 'serverError']),
  count: z.int().min(1).optional(),
  path: z.string().optional(),
  retryAfterSeconds: z.int().min(0).max(3600).optional(),
})

const schema = z.strictObject({
  tokenField: z.enum(['authToken', 'auth_token']),
  tokenDisplay: z.enum(['clear', 'masked', 'quoted']),
  loginDataAsArray: z.boolean(),
  latencyMilliseconds: milliseconds,
  changeLatencyMilliseconds: milliseconds,
  applyThenFail: z
    .object({ mode: z.enum(['serverError', 'unavailable', 'reset', 'stall']), count: z.int().min(0) })
    .nullable(),
  restartMilliseconds: milliseconds,
  freshEnabled: z.boolean(),
  disableClears: z.boolean(),
  disableTwiceStatus: z.literal([200, 400]),
  noS3Status: z.literal([400, 404]),
  acceptAnyEndpoint: z.boolean(),
  errorsWithStatus200: z.boolean(),
  readinessRoute: z.boolean(),
  eventsRoute: z.boolean(),
  statsStatus: z.literal([200, 403, 404]),
  statsByApi: z.boolean(),
  operationsPerMinute: z.array(z.int().min(0).max(1_000_000_000)).max(1_440),
  backendReleases: z.record(backendNumber, z.string().min(1).max(64)),
  backendFaults: z.record(backendNumber, backendFault),
})

/** For the body of a command. */
export const knobsChange: z.ZodType<KnobsChange> = schema.partial()

/** The knobs with the change made; neither argument is kept. @throws ZodError */
export function changedKnobs(knobs: Readonly<WekaKnobs>, change: KnobsChange): WekaKnobs {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  return schema.parse(structuredClone({ ...knobs, ...Object.fromEntries(given) }))
}
