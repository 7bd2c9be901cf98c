import type { KubeConfig } from '@kubernetes/client-node'
import { beforeAll, describe, expect, test, vi } from 'vitest'

import { isConflict, isNotFound } from '../../../src/kube/api-error.ts'
import { applyObject, applyStatus } from '../../../src/kube/apply.ts'
import { systemClock } from '../../../src/kube/clock.ts'
import { createEventRecorder, type EventRecord } from '../../../src/kube/event-recorder.ts'
import { createObject, deleteObject, getObject, listObjects } from '../../../src/kube/objects.ts'
import type { KubernetesObject, ResourceType } from '../../../src/kube/resource.ts'
import { createRestClient } from '../../../src/kube/rest-client.ts'
import type { ControlPlaneAccess } from '../../control-plane/access.ts'
import { sharedControlPlane } from '../../control-plane/shared.ts'
import { failureOf } from '../../support/failure-of.ts'
import { noMetrics } from '../../support/no-metrics.ts'
import { configMaps, connect, core, loadKubeConfig, makeNamespace, silent } from './setup.ts'

const events: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
}
const gadgets: ResourceType = {
  group: 'runtime.test',
  version: 'v1',
  plural: 'gadgets',
  kind: 'Gadget',
  namespaced: true,
}
const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}

const { signal } = new AbortController()

let controlPlane: ControlPlaneAccess
const kubeConfig = (): KubeConfig => loadKubeConfig(controlPlane.kubeconfigPath)

beforeAll(async () => {
  controlPlane = await sharedControlPlane()
})

describe('server-side apply', () => {
  interface Gadget extends KubernetesObject {
    readonly spec?: { readonly size?: number }
    readonly status?: { readonly phase?: string; readonly conditions?: readonly { readonly type: string }[] }
  }

  const condition = (type: string): object => ({
    type,
    status: 'True',
    reason: 'Testing',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })

  beforeAll(async () => {
    await using client = createRestClient({
      kubeConfig: kubeConfig(),
      clock: systemClock,
      random: Math.random,
      metrics: noMetrics,
      userAgent: 'runtime-test',
    })
    await applyObject(client, definitions, gadgetDefinition, { fieldManager: 'test', signal })
    const served = (): Promise<boolean> =>
      listObjects(client, gadgets, '', { signal }).then(
        () => true,
        () => false,
      )
    await vi.waitUntil(served, { timeout: 20_000, interval: 100 })
  })

  test('a status is applied whole: what is left out vanishes, and the spec stays', async () => {
    const client = connect(kubeConfig())
    const name = { namespace: await makeNamespace(client), name: 'one' }
    const object: Gadget = { metadata: name, spec: { size: 3 } }
    const { metadata } = await createObject(client, gadgets, object, { signal })
    const options = { fieldManager: 'status-writer', signal }
    const uid = metadata.uid ?? expect.fail('no uid')
    const first = { phase: 'New', conditions: [condition('Ready'), condition('Stalled')] }
    await applyStatus(client, gadgets, { name, status: first, uid }, options)
    await applyStatus(client, gadgets, { name, status: { conditions: [condition('Ready')] } }, options)
    const now = await getObject<Gadget>(client, gadgets, name, { signal })
    expect(now.status?.conditions?.map(({ type }) => type)).toEqual(['Ready'])
    expect(now.status).not.toHaveProperty('phase')
    expect(now.spec).toEqual({ size: 3 })
  })

  test('an apply of the same status writes nothing', async () => {
    const client = connect(kubeConfig())
    const name = { namespace: await makeNamespace(client), name: 'one' }
    await createObject(client, gadgets, { metadata: name }, { signal })
    const target = { name, status: { conditions: [condition('Ready')] } }
    const options = { fieldManager: 'status-writer', signal }
    const first = await applyStatus(client, gadgets, target, options)
    const second = await applyStatus(client, gadgets, target, options)
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  })

  test('an object that was deleted is not created anew, by its status or by a finalizer with its uid', async () => {
    const client = connect(kubeConfig())
    const name = { namespace: await makeNamespace(client), name: 'gone' }
    const { metadata } = await createObject(client, gadgets, { metadata: name }, { signal })
    const uid = metadata.uid ?? expect.fail('no uid')
    const options = { fieldManager: 'finalizer-writer', signal }
    const finalizers = ['runtime.test/clean-up']
    await applyObject(client, gadgets, { metadata: { ...name, uid, finalizers } }, options)
    await applyObject(client, gadgets, { metadata: { ...name, uid, finalizers: [] } }, options)
    await deleteObject(client, gadgets, name, { signal, preconditions: { uid } })

    const status = { phase: 'Ghost' }
    expect(isNotFound(await failureOf(applyStatus(client, gadgets, { name, status }, options)))).toBe(true)
    const finalize = applyObject(client, gadgets, { metadata: { ...name, uid, finalizers } }, options)
    expect(isConflict(await failureOf(finalize))).toBe(true)
    expect(isNotFound(await failureOf(getObject(client, gadgets, name, { signal })))).toBe(true)

    await createObject(client, gadgets, { metadata: name }, { signal })
    const late = applyStatus(client, gadgets, { name, status, uid }, options)
    expect(isConflict(await failureOf(late))).toBe(true)
    const lateFinalizer = applyObject(client, gadgets, { metadata: { ...name, uid, finalizers } }, options)
    expect(isConflict(await failureOf(lateFinalizer))).toBe(true)
    const now = await getObject(client, gadgets, name, { signal })
    expect(now.metadata.finalizers).toBeUndefined()
    const wrong = deleteObject(client, gadgets, name, { signal, preconditions: { uid } })
    expect(isConflict(await failureOf(wrong))).toBe(true)
  })
})

test('Events can be read by both of their APIs', async () => {
  const client = connect(kubeConfig())
  const namespace = await makeNamespace(client)
  const object = await createObject(client, configMaps, { metadata: { name: 'subject', namespace } }, { signal })
  const outcomes: string[] = []
  await using recorder = createEventRecorder({
    client,
    reportingController: 'runtime.test/controller',
    reportingInstance: 'test-0',
    clock: systemClock,
    random: Math.random,
    logger: silent,
    metrics: { ...noMetrics, eventRecorded: (outcome) => outcomes.push(outcome) },
  })
  const uid = object.metadata.uid ?? expect.fail('no uid')
  const event: EventRecord = {
    regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'subject', uid },
    type: 'Warning',
    reason: 'Testing',
    action: 'Test',
    note: 'n\u00f6te '.repeat(300),
  }
  recorder.record(event)
  await recorder.flush(AbortSignal.timeout(10_000))
  expect(outcomes).toEqual(['sent'])
  const found = await listObjects(client, events, namespace, { signal, fieldSelector: `regarding.name=subject` })
  expect(found.items).toMatchObject([{ reason: 'Testing', action: 'Test', type: 'Warning', regarding: { uid } }])
  const fieldSelector = `involvedObject.uid=${uid}`
  const old = await listObjects(client, core('events', 'Event'), namespace, { signal, fieldSelector })
  expect(old.items).toMatchObject([{ reason: 'Testing', involvedObject: { name: 'subject' } }])
})

const gadgetDefinition = {
  metadata: { name: 'gadgets.runtime.test' },
  spec: {
    group: 'runtime.test',
    scope: 'Namespaced',
    names: { plural: 'gadgets', kind: 'Gadget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer' } } },
              status: {
                type: 'object',
                properties: {
                  phase: { type: 'string' },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type'],
                      properties: {
                        type: { type: 'string' },
                        status: { type: 'string' },
                        reason: { type: 'string' },
                        message: { type: 'string' },
                        lastTransitionTime: { type: 'string', format: 'date-time' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}
