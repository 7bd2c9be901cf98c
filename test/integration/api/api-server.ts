import { Agent, request } from 'undici'
import { z } from 'zod'

import type { ControlPlaneAccess } from '../../control-plane/access.ts'

/** An answer of the API server; `body` is parsed JSON. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The API server under test, spoken to without any code of the operator. */
export interface ApiServer extends AsyncDisposable {
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    options?: SendOptions,
  ): Promise<Answer>
  /** What kubectl prints. @throws when it fails, with what it printed to stderr. */
  kubectl(...args: readonly string[]): Promise<string>
}

export interface SendOptions {
  /** `application/json` when absent. */
  readonly contentType?: string
}

/** Speaks as the administrator. */
export function connect(access: ControlPlaneAccess): ApiServer {
  const dispatcher = new Agent({ connect: { ca: access.caPem } })
  return {
    async send(method, path, body, options = {}) {
      const answer = await request(`${access.server}${path}`, {
        method,
        dispatcher,
        body: body === undefined ? null : JSON.stringify(body),
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${access.adminToken}`,
          ...(body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
        },
      })
      return { status: answer.statusCode, body: await answer.body.json() }
    },
    async kubectl(...args) {
      const { code, stdout, stderr } = await access.kubectl(args)
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')} must succeed: ${stderr}`)
      return stdout
    },
    [Symbol.asyncDispose]: () => dispatcher.close(),
  }
}

const crdConditions = z.object({
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
        .default([]),
    })
    .default({ conditions: [] }),
})

/** The conditions that the API server gives a CustomResourceDefinition, as `type=status`. */
export async function crdConditionsOf(server: ApiServer, name: string): Promise<readonly string[]> {
  const { body } = await server.send('GET', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`)
  return crdConditions.parse(body).status.conditions.map(({ type, status }) => `${type}=${status}`)
}

/** A namespace of its own for one test file. */
export async function createNamespace(server: ApiServer): Promise<string> {
  const answer = await server.send('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { generateName: 'api-' },
  })
  return z.object({ metadata: z.object({ name: z.string() }) }).parse(answer.body).metadata.name
}
