import { expect, onTestFinished, test } from 'vitest'

import { failureOf } from '../../test/support/failure-of.ts'
import { openClient } from '../../test/support/open-client.ts'
import {
  answerJson,
  type ScriptedApiServer,
  startScriptedApiServer,
  status,
} from '../../test/support/scripted-api-server.ts'
import { isAlreadyExists, isConflict, isNotFound } from './api-error.ts'
import { applyObject, applyStatus } from './apply.ts'
import { createObject, deleteObject, getObject, listObjects, mergePatchObject } from './objects.ts'
import type { ResourceType } from './resource.ts'
import type { RestClient } from './rest-client.ts'

const { signal } = new AbortController()
const widgets: ResourceType = { group: 'x.dev', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true }
const name = { namespace: 'ns', name: 'a' }
const object = {
  apiVersion: 'x.dev/v1',
  kind: 'Widget',
  metadata: { namespace: 'ns', name: 'a', resourceVersion: '1' },
}

async function start(
  script: Parameters<typeof startScriptedApiServer>[0],
): Promise<{ client: RestClient; server: ScriptedApiServer }> {
  const server = await startScriptedApiServer(script)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const client = openClient(server.kubeConfig())
  return { client, server }
}

const json = 'application/json'
const path = '/apis/x.dev/v1/namespaces/ns/widgets'

test.each([
  {
    name: 'get',
    call: (client: RestClient) => getObject(client, widgets, name, { signal }),
    want: { method: 'GET', path: `${path}/a`, query: {}, body: undefined },
  },
  {
    name: 'create names the type',
    call: (client: RestClient) =>
      createObject(client, widgets, { metadata: { namespace: 'ns', name: 'a' } }, { signal }),
    want: {
      method: 'POST',
      path,
      query: {},
      contentType: json,
      body: { apiVersion: 'x.dev/v1', kind: 'Widget', metadata: { namespace: 'ns', name: 'a' } },
    },
  },
  {
    name: 'merge patch of a subresource',
    call: (client: RestClient) =>
      mergePatchObject(client, widgets, name, { status: null }, { signal, subresource: 'status' }),
    want: {
      method: 'PATCH',
      path: `${path}/a/status`,
      query: {},
      contentType: 'application/merge-patch+json',
      body: { status: null },
    },
  },
  {
    name: 'delete with preconditions',
    call: (client: RestClient) => deleteObject(client, widgets, name, { signal, preconditions: { uid: 'u' } }),
    want: {
      method: 'DELETE',
      path: `${path}/a`,
      query: {},
      contentType: json,
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u' } },
    },
  },
  {
    name: 'apply of metadata takes over by force and names the object it means',
    call: (client: RestClient) =>
      applyObject(
        client,
        widgets,
        { metadata: { namespace: 'ns', name: 'a', uid: 'u', finalizers: ['x.dev/f'] } },
        { fieldManager: 'me', signal },
      ),
    want: {
      method: 'PATCH',
      path: `${path}/a`,
      query: { fieldManager: 'me', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: 'x.dev/v1',
        kind: 'Widget',
        metadata: { namespace: 'ns', name: 'a', uid: 'u', finalizers: ['x.dev/f'] },
      },
    },
  },
  {
    name: 'apply of a status',
    call: (client: RestClient) =>
      applyStatus(client, widgets, { name, status: { ok: true } }, { fieldManager: 'me', signal }),
    want: {
      method: 'PATCH',
      path: `${path}/a/status`,
      query: { fieldManager: 'me', force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: {
        apiVersion: 'x.dev/v1',
        kind: 'Widget',
        metadata: { namespace: 'ns', name: 'a' },
        status: { ok: true },
      },
    },
  },
])('$name', async ({ call, want }) => {
  const { client, server } = await start((_request, response) => answerJson(response, object))
  await call(client)
  const [request] = server.requests
  expect({
    method: request?.method,
    path: request?.path,
    query: request?.query,
    contentType: request?.headers['content-type'],
    body: request?.body === '' ? undefined : (JSON.parse(request?.body ?? '') as unknown),
  }).toEqual(want)
})

test.each([
  { reason: 'NotFound', code: 404, is: isNotFound, isNot: [isConflict, isAlreadyExists] },
  { reason: 'Conflict', code: 409, is: isConflict, isNot: [isAlreadyExists, isNotFound] },
  { reason: 'AlreadyExists', code: 409, is: isAlreadyExists, isNot: [isConflict, isNotFound] },
])('$reason is told apart', async ({ reason, code, is, isNot }) => {
  const { client } = await start((_request, response) => answerJson(response, status(code, reason, 'no'), code))
  const error = await failureOf(getObject(client, widgets, name, { signal }))
  expect([is(error), ...isNot.map((other) => other(error))]).toEqual([true, false, false])
})

test.each([{ answer: 'text' }, { answer: { metadata: {} } }, { answer: { metadata: { name: 7 } } }])(
  'an answer that is no object is an error: $answer',
  async ({ answer }) => {
    const { client } = await start((_request, response) => answerJson(response, answer))
    expect(await failureOf(getObject(client, widgets, name, { signal }))).toMatchObject({ code: 'InvalidResponse' })
  },
)

test('a list gathers its pages', async () => {
  const { client, server } = await start((request, response) => {
    const page = Number(request.query['continue'] ?? 0)
    answerJson(response, {
      metadata: { resourceVersion: '9', ...(page < 2 ? { continue: String(page + 1) } : {}) },
      items: [{ ...object, metadata: { ...object.metadata, name: `w${page}` } }],
    })
  })
  const list = await listObjects(client, widgets, '', { signal, labelSelector: 'a=b' })
  expect(list.items.map((item) => item.metadata.name)).toEqual(['w0', 'w1', 'w2'])
  expect(list.resourceVersion).toBe('9')
  expect(server.requests.map(({ path, query }) => `${path} ${query['limit']} ${query['labelSelector']}`)).toEqual(
    Array.from({ length: 3 }, () => '/apis/x.dev/v1/widgets 500 a=b'),
  )
})

test('a list whose pages never end is given up after a thousand', async () => {
  const { client, server } = await start(({ query }, response) => {
    const next = String(Number(query['continue'] ?? 0) + 1)
    answerJson(response, { metadata: { resourceVersion: '1', continue: next }, items: [object] })
  })
  const error = await failureOf(listObjects(client, widgets, 'ns', { signal }))
  expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'ResponseTooLarge' })
  expect(server.requests).toHaveLength(1000)
})
