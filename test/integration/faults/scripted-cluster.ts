import type { ServerResponse } from 'node:http'

import type { KubernetesObject, ResourceType } from '../../../src/kube/resource.ts'
import {
  answerJson,
  type ReceivedRequest,
  type ScriptedApiServer,
  startScriptedApiServer,
  status,
} from '../../support/scripted-api-server.ts'

export const widgets: ResourceType = {
  group: 'x.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
}

/** How one request is answered while something is wrong; `serve` answers as if nothing were. */
export type Misbehaviour = (request: ReceivedRequest, response: ServerResponse, serve: () => void) => void

/** An API server with widgets, which lists and watches as the real one does and can be told to do otherwise. */
export interface ScriptedCluster extends AsyncDisposable {
  readonly server: ScriptedApiServer
  objects(): readonly KubernetesObject[]
  /** Creates or updates. */
  set(name: string): void
  delete(name: string): void
  /** Sends a bookmark to every watch that is open. */
  bookmark(): void
  /** Breaks what is open off; answers as told from now on. Undefined: all is well again. */
  misbehave(misbehaviour: Misbehaviour | undefined): void
}

type Event = readonly [type: string, object: object]

export async function startScriptedCluster(options: { readonly http2: boolean }): Promise<ScriptedCluster> {
  const objects = new Map<string, KubernetesObject>()
  const history: { readonly version: number; readonly event: Event }[] = []
  const open = new Set<ServerResponse>()
  const watches = new Set<ServerResponse>()
  let version = 1
  let misbehaviour: Misbehaviour | undefined

  function serve({ query }: ReceivedRequest, response: ServerResponse): void {
    if (query['watch'] !== 'true') {
      // All is on one page, so that this is the token of another list.
      if (query['continue'] !== undefined) return refuse(response, 410, 'Expired')
      const metadata = { resourceVersion: String(version) }
      answerJson(response, { kind: 'List', metadata, items: [...objects.values()] })
      return
    }
    watches.add(response)
    response.on('close', () => watches.delete(response))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    if (query['sendInitialEvents'] === 'true') {
      for (const object of objects.values()) send(response, ['ADDED', object])
      send(response, ['BOOKMARK', position({ 'k8s.io/initial-events-end': 'true' })])
    } else {
      const since = Number(query['resourceVersion'])
      for (const { version: at, event } of history) if (at > since) send(response, event)
    }
  }

  function position(annotations: Record<string, string> = {}): object {
    return { kind: 'Widget', apiVersion: 'x.dev/v1', metadata: { resourceVersion: String(version), annotations } }
  }

  function happen(type: string, object: KubernetesObject): void {
    history.push({ version, event: [type, object] })
    for (const watch of watches) send(watch, [type, object])
  }

  const server = await startScriptedApiServer((request, response) => {
    open.add(response)
    response.on('close', () => open.delete(response))
    if (misbehaviour === undefined) serve(request, response)
    else misbehaviour(request, response, () => serve(request, response))
  }, options)

  return {
    server,
    objects: () => [...objects.values()],
    set(name) {
      version++
      const known = objects.get(name)
      const uid = known?.metadata.uid ?? `uid-${name}-${version}`
      const metadata = { namespace: 'ns', name, uid, resourceVersion: String(version) }
      const object = { apiVersion: 'x.dev/v1', kind: 'Widget', metadata }
      objects.set(name, object)
      happen(known === undefined ? 'ADDED' : 'MODIFIED', object)
    },
    delete(name) {
      const object = objects.get(name)
      if (object === undefined) return
      version++
      objects.delete(name)
      happen('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } })
    },
    bookmark() {
      version++
      for (const watch of watches) send(watch, ['BOOKMARK', position()])
    },
    misbehave(next) {
      misbehaviour = next
      for (const response of open) response.destroy()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export function send(response: ServerResponse, [type, object]: Event): void {
  response.write(`${JSON.stringify({ type, object })}\n`)
}

export function isResumed({ query }: ReceivedRequest): boolean {
  return query['watch'] === 'true' && query['sendInitialEvents'] !== 'true'
}

/** A metav1.Status in place of an answer. */
export function refuse(
  response: ServerResponse,
  code: number,
  reason: string,
  headers: Record<string, string> = {},
): void {
  answerJson(response, status(code, reason, reason), code, headers)
}

/** An ERROR event on a watch that has been answered. */
export function sendError(response: ServerResponse, code: number, reason: string): void {
  send(response, ['ERROR', status(code, reason, reason)])
}
