import type { Clock } from '../../../src/kube/clock.ts'
import type { WekaKnobs } from './knobs.ts'
import { badRequest, dataReply, forbidden, notFound, type Reply } from './replies.ts'
import type { WekaRequest } from './route.ts'
import type { WekaState } from './state.ts'

const minute = 60_000
const minutesOfADay = 1_440
const unitMinutes: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60, d: minutesOfADay }

/** One more call of the S3 API, now. */
export function countOperation({ s3 }: WekaState, clock: Clock): void {
  const now = Math.floor(clock.now() / minute)
  s3.operationsByMinute.set(now, (s3.operationsByMinute.get(now) ?? 0) + 1)
  for (const time of s3.operationsByMinute.keys()) if (time <= now - minutesOfADay) s3.operationsByMinute.delete(time)
}

/**
 * `GET /stats`: the calls of the S3 API in each minute of the interval, the present one last. The parameters are as published, their
 * meaning as the command line has it, the rows inferred.
 */
export function statistics(state: WekaState, knobs: WekaKnobs, clock: Clock, query: WekaRequest['query']): Reply {
  if (knobs.statsStatus === 403) return forbidden
  if (knobs.statsStatus === 404) return notFound('Not found')
  const [, length = '1', unit = 'm'] = /^([1-9]\d{0,6})([smhd]?)$/.exec(query.get('interval') ?? '1m') ?? []
  const minutes = Math.ceil(Number(length) * (unitMinutes[unit === '' ? 's' : unit] ?? 1))
  if (minutes > minutesOfADay) return badRequest('Invalid parameter', { param: 'interval', error: 'more than a day' })
  if ((query.get('resolution_secs') ?? '60') !== '60') {
    return badRequest('Invalid parameter', { param: 'resolution_secs', error: 'only minutes are simulated' })
  }
  const others = ['category', 'stat'].some((name) => !['', 'ops_s3', 'API_OPS'].includes(query.get(name) ?? ''))
  const now = Math.floor(clock.now() / minute)
  const rows = Array.from({ length: minutes }, (_, index) => {
    const time = now - minutes + 1 + index
    const usual = knobs.operationsPerMinute[time % knobs.operationsPerMinute.length] ?? 0
    const count = usual + (state.s3.operationsByMinute.get(time) ?? 0)
    const stats = knobs.statsByApi
      ? { 'API_OPS.GetObject': count - Math.floor(count / 3), 'API_OPS.PutObject': Math.floor(count / 3) }
      : { API_OPS: count }
    return { timestamp: new Date(time * minute).toISOString(), resolution: 60, stats }
  })
  return dataReply({ all: others ? {} : { ops_s3: rows } })
}
