import { readFile } from 'node:fs/promises'

import { expect, it } from 'vitest'

import { failureOf } from '../../../test/support/failure-of.ts'
import { desiredWebhook, key, startWekaCluster } from '../../../test/support/weka-cluster.ts'

it('sends these requests, with these fields, and no others; all are in the route table', async ({ signal }) => {
  const weka = await startWekaCluster({ backends: 2, knobs: { tokenDisplay: 'masked' } })
  const { clock, simulator, settle } = weka
  const cluster = weka.provider()
  await cluster.identify({ signal })
  await settle(cluster.apply(key, desiredWebhook(), { signal }))
  await cluster.read(key, { signal })
  await cluster.eventRate?.({ signal })
  await cluster.eventRate?.({ signal })
  simulator.setKnobs({ applyThenFail: { mode: 'reset', count: 1 } })
  await settle(cluster.apply(key, desiredWebhook(), { signal }))
  await settle(cluster.apply(key, desiredWebhook({ enabled: false }), { signal }))
  await settle(cluster.apply(key, desiredWebhook(), { signal }))
  await clock.advance(4.6 * 60_000)
  await settle(cluster.remove(key, { signal }))
  simulator.setS3Cluster(false)
  await failureOf(cluster.read(key, { signal }))

  const sent = simulator.requests().map(({ method, path, body = {} }) => {
    const fields = Object.keys(body).sort()
    return `${method} ${path.replace('/api/v2', '')}${fields.length === 0 ? '' : ` {${fields.join(', ')}}`}`
  })
  const distinct = [...new Set(sent)].sort()
  expect(distinct).toEqual([
    'GET /cluster',
    'GET /events',
    'GET /s3',
    'GET /s3/auditWebhook',
    'GET /s3/containersAreReady',
    'GET /stats',
    'GET /users/whoami',
    'POST /login {org, password, username}',
    'POST /login/refresh {refresh_token}',
    'POST /s3/auditWebhook/disable',
    'POST /s3/auditWebhook/enable {auth_token, endpoint}',
  ])
  expect(simulator.violations()).toEqual([])
  const page = await readFile('docs/providers.md', 'utf8')
  for (const request of distinct) expect(page).toContain(`${request.split(' ')[1]}\``)
})
