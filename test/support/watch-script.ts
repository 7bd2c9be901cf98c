import type { ServerResponse } from 'node:http'

import { expect, onTestFinished } from 'vitest'

import { createInformer, type Informer } from '../../src/kube/informer.ts'
import type { Logger } from '../../src/kube/logger.ts'
import type { KubernetesObject, ResourceType } from '../../src/kube/resource.ts'
import type { RuntimeMetrics } from '../../src/kube/runtime-metrics.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { noMetrics } from './no-metrics.ts'
import { openClient } from './open-client.ts'
import { answerJson, type ReceivedRequest, startScriptedApiServer, status } from './scripted-api-server.ts'

const widgets: ResourceType = { group: 'x.dev', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true }

export function widget(name: string, resourceVersion: string, uid = `uid-${name}`): KubernetesObject {
  return { apiVersion: 'x.dev/v1', kind: 'Widget', metadata: { namespace: 'ns', name, uid, resourceVersion } }
}

/** The bookmark that ends the initial events. */
export const end = (resourceVersion: string): object => ({
  metadata: { resourceVersion, annotations: { 'k8s.io/initial-events-end': 'true' } },
})

/** Sends watch events on a stream that stays open. */
export function send(response: ServerResponse, ...events: (readonly [type: string, object: object])[]): void {
  for (const [type, object] of events) response.write(`${JSON.stringify({ type, object })}\n`)
}

/** Answers list and watch requests in the order of their coming. After the last entry watches stay open and silent. */
export type Script = ((request: ReceivedRequest, response: ServerResponse) => void)[]

export interface Watched {
  readonly informer: Informer<KubernetesObject>
  /** Type, name and resourceVersion of each change; `*` marks the first list. */
  readonly changes: string[]
  readonly clock: FakeClock
  readonly errors: string[]
  /** What was asked: `list`, `watchlist` or `watch from <resourceVersion>`. */
  readonly asked: () => string[]
  readonly requests: () => readonly ReceivedRequest[]
  readonly stop: () => Promise<void>
  /** Moves time on until `condition` holds. */
  readonly until: (condition: () => boolean, step?: number) => Promise<void>
}

export async function watchScript(
  script: Script,
  options: { metadataOnly?: boolean; fieldSelector?: string; namespaces?: string[]; metrics?: RuntimeMetrics } = {},
): Promise<Watched> {
  const answers = [...script]
  const server = await startScriptedApiServer((request, response) => {
    const answer = answers.shift()
    if (answer !== undefined) answer(request, response)
    else response.flushHeaders()
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const clock = createFakeClock()
  const client = openClient(server.kubeConfig(), { clock })
  const errors: string[] = []
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (_fields, message) => errors.push(message),
    child: () => logger,
  }
  const common = { client, type: widgets, clock, random: () => 0, logger, metrics: noMetrics }
  const informer = createInformer({
    ...common,
    ...options,
    indexes: { name: (object) => [object.metadata.name] },
  })
  const changes: string[] = []
  informer.onChange(({ type, object, initial }) => {
    changes.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}${initial ? '*' : ''}`)
  })
  const abort = new AbortController()
  const running = informer.run(abort.signal)
  onTestFinished(() => abort.abort())
  return {
    informer,
    changes,
    clock,
    errors,
    asked: () =>
      server.requests.map(({ query }) =>
        query['watch'] !== 'true'
          ? `list${query['continue'] === undefined ? '' : ` ${query['continue']}`}`
          : query['sendInitialEvents'] === 'true'
            ? 'watchlist'
            : `watch from ${query['resourceVersion']}`,
      ),
    requests: () => server.requests,
    stop: async () => {
      abort.abort()
      await running
    },
    until: async (condition: () => boolean, step: number = 0) => {
      const deadline = Date.now() + 4000
      while (!condition()) {
        if (Date.now() > deadline) expect.fail('It did not come about in 4 s')
        await new Promise((resolve) => setTimeout(resolve, 2))
        if (step > 0) await clock.advance(step)
      }
    },
  }
}

/** A page of a list. */
export const list =
  (resourceVersion: string, items: object[], next?: string): Script[number] =>
  (_request, response) =>
    answerJson(response, { kind: 'List', metadata: { resourceVersion, continue: next }, items })
export const refuse =
  (code: number, reason: string, message: string = reason): Script[number] =>
  (_request, response) =>
    answerJson(response, status(code, reason, message), code)
/** A watch that stays open. */
export const stream =
  (...events: (readonly [string, object])[]): Script[number] =>
  (_request, response) => {
    response.flushHeaders()
    send(response, ...events)
  }
/** A watch that the server closes. */
export const streamAndEnd =
  (...events: (readonly [string, object])[]): Script[number] =>
  (_request, response) => {
    send(response, ...events)
    response.end()
  }
/** A server without WatchList. */
export const noWatchList: Script[number] = refuse(422, 'Invalid', 'sendInitialEvents is forbidden for watch')
