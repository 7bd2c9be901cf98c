import { expect, test } from 'vitest'

import { createFakeClock } from '../../../test/support/fake-clock.ts'
import { abortable } from '../../kube/abortable.ts'
import type { AuditWebhookProvider } from '../../providers/provider.ts'
import { identifyCluster } from './identify-cluster.ts'

const hanging: Pick<AuditWebhookProvider, 'identify'> = {
  identify: ({ signal }) => abortable(new Promise(() => undefined), signal),
}

test('a cluster that never answers is unreachable before the time of a pass is over', async () => {
  const clock = createFakeClock()
  const ended = identifyCluster(hanging, { clock, signal: new AbortController().signal }).catch(
    (error: unknown) => error,
  )
  await clock.advance(119_000)
  expect(await ended).toMatchObject({ name: 'ProviderError', code: 'ClusterUnreachable' })
})

test('a stop ends the question with its own reason and leaves no timer', async () => {
  const clock = createFakeClock()
  const stop = new AbortController()
  const ended = identifyCluster(hanging, { clock, signal: stop.signal }).catch((error: unknown) => error)
  stop.abort(new Error('The controller stops'))
  expect(await ended).toMatchObject({ message: 'The controller stops' })
  expect(clock.pending()).toBe(0)
})

test('a cluster that answers is who it says', async () => {
  const clock = createFakeClock()
  const identity = { id: 'guid', name: 'weka', version: '5.0' }
  const provider = { identify: () => Promise.resolve(identity) }
  expect(await identifyCluster(provider, { clock, signal: new AbortController().signal })).toEqual(identity)
  expect(clock.pending()).toBe(0)
})
