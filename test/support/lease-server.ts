import type { ServerResponse } from 'node:http'

import type { Lease, LeaseSpec } from '../../src/kube/lease.ts'
import {
  answerJson,
  type ReceivedRequest,
  type ScriptedApiServer,
  startScriptedApiServer,
  status,
} from './scripted-api-server.ts'

/** What becomes of a request before the server looks at it: an HTTP status, `Cut` (nothing is done) or `LoseAnswer` (it is done). */
export type LeaseFault = number | 'Cut' | 'LoseAnswer'

/** One Lease with the API server's rules: resourceVersion, conflicts, watches. */
export interface LeaseServer extends AsyncDisposable {
  readonly server: ScriptedApiServer
  lease(): Lease | undefined
  /** Changes the spec as another client would, whatever is there. */
  set(spec: LeaseSpec): void
  remove(): void
  /** Answers with this instead of the Lease. */
  answerWith(body: unknown): void
  /** Decides on each request that is no watch; undefined: nothing special. */
  fail(fault: ((request: ReceivedRequest) => LeaseFault | undefined) | undefined): void
}

export async function startLeaseServer({ watches = true }: { readonly watches?: boolean } = {}): Promise<LeaseServer> {
  const watching = new Set<ServerResponse>()
  let version = 0
  let lease: Lease | undefined
  let odd: unknown
  let fault: ((request: ReceivedRequest) => LeaseFault | undefined) | undefined

  function store(spec: LeaseSpec): Lease {
    const type = lease === undefined ? 'ADDED' : 'MODIFIED'
    const metadata = { namespace: 'ops', name: 'operator', ...lease?.metadata, resourceVersion: String(++version) }
    lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
    tell(type, lease)
    return lease
  }

  function tell(type: string, object: object): void {
    for (const response of watching) response.write(`${JSON.stringify({ type, object })}\n`)
  }

  function watch(response: ServerResponse): void {
    response.flushHeaders()
    if (!watches) return
    watching.add(response)
    response.on('close', () => watching.delete(response))
    if (lease !== undefined) response.write(`${JSON.stringify({ type: 'ADDED', object: lease })}\n`)
    const metadata = { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } }
    response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`)
  }

  function act({ method, body }: ReceivedRequest): { readonly code: number; readonly answer: unknown } {
    const refuse = (code: number, reason: string) => ({ code, answer: status(code, reason, reason) })
    if (method === 'GET') return lease === undefined ? refuse(404, 'NotFound') : { code: 200, answer: odd ?? lease }
    const sent = JSON.parse(body) as Lease
    if (method === 'POST') {
      return lease === undefined ? { code: 201, answer: store(sent.spec) } : refuse(409, 'AlreadyExists')
    }
    if (lease === undefined) return refuse(404, 'NotFound')
    if (sent.metadata.resourceVersion !== lease.metadata.resourceVersion) return refuse(409, 'Conflict')
    return { code: 200, answer: store(sent.spec) }
  }

  const server = await startScriptedApiServer((request, response) => {
    if (request.query['watch'] === 'true') {
      watch(response)
      return
    }
    const failure = fault?.(request)
    if (failure === 'Cut') throw new Error('Cut')
    if (typeof failure === 'number') {
      answerJson(response, status(failure, failure === 403 ? 'Forbidden' : 'InternalError', 'refused'), failure)
      return
    }
    const { code, answer } = act(request)
    if (failure === 'LoseAnswer') throw new Error('The answer is lost')
    answerJson(response, answer, code)
  })
  return {
    server,
    lease: () => lease,
    set: (spec) => void store(spec),
    remove() {
      if (lease !== undefined) tell('DELETED', lease)
      lease = undefined
    },
    answerWith(body) {
      odd = body
    },
    fail(next) {
      fault = next
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
