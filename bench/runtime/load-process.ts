import { setTimeout as sleep } from 'node:timers/promises'

import { Agent, request } from 'undici'

import { inParallel } from '../support/in-parallel.ts'
import { microseconds } from '../support/microseconds.ts'
import { pathOf, referenceOf } from '../support/resources.ts'
import { serveParent } from '../support/worker.ts'
import type { ApiAccess } from './followers/follower.ts'
import { stampAnnotation, type Change } from './load.ts'

// Changes resources, in a process of its own lest its work is counted as a contender's.

const atATime = 32
let dispatcher = new Agent()
let target: ApiAccess | undefined
let resources = 0
let changes = 0

const handlers = {
  start({ access, objects }: { readonly access: ApiAccess; readonly objects: number }): void {
    dispatcher = new Agent({ connect: { ca: access.caPem }, allowH2: false })
    target = access
    resources = objects
  },
  /** As fast as the API server takes them. */
  async burst({ count }: { readonly count: number }): Promise<void> {
    await inParallel(count, atATime, async () => void (await change()))
  },
  /** Each change begins at its time, however long the ones before it take. */
  async paced(options: { readonly count: number; readonly perSecond: number }): Promise<readonly Change[]> {
    const start = performance.now()
    const running: Promise<Change>[] = []
    for (let index = 0; index < options.count; index++) {
      const wait = start + (index * 1000) / options.perSecond - performance.now()
      if (wait > 0) await sleep(wait)
      running.push(change())
    }
    return await Promise.all(running)
  },
}

export type LoadHandlers = typeof handlers

serveParent(handlers)

/** The resources take turns, so that no change meets the one before it on the same resource. */
async function change(): Promise<Change> {
  if (target === undefined) throw new Error('start comes first')
  const path = pathOf('s3auditwebhooks', referenceOf(changes % resources))
  const stamp = String(changes++)
  const body = JSON.stringify({ metadata: { annotations: { [stampAnnotation]: stamp } } })
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${target.token}`,
    'content-type': 'application/merge-patch+json',
    'user-agent': 'bench-load',
  }
  const sent = microseconds()
  const answer = await request(target.server + path, { dispatcher, method: 'PATCH', headers, body })
  await answer.body.dump()
  const answered = microseconds()
  if (answer.statusCode !== 200) throw new Error(`PATCH ${path} answered ${answer.statusCode}`)
  return { stamp, sent, answered }
}
