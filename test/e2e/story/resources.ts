import { minioManifests, namespace as demoNamespace, tokenSecret, wekaManifests } from '../../../demo/manifests.ts'
import { condition, readWebhook } from '../../../demo/read-webhook.ts'
import { restricted } from '../simulators/manifests.ts'
import { type Simulators, tokenSum, tokens } from '../simulators/simulators.ts'
import type { Stage } from '../stage.ts'

export const resourceNamespace: string = demoNamespace
export const webhookName = 'weka-audit'
const minioWebhookName = 'minio-audit'
/** Events that MinIO keeps for a target that is away. */
const queueSize = 200

/** The main job in pods: Ready, an event arrives, the target goes away and returns, the token is rotated, a change by hand is repaired. */
export async function walkResources(stage: Stage, { weka, hec, minio }: Simulators): Promise<void> {
  const { narrator } = stage
  const { step, check, eventually, kubectl } = narrator
  const read = () => readWebhook(narrator, webhookName)

  step('What a user applies becomes Ready')
  await stage.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: resourceNamespace, labels: restricted } })
  await kubectl(
    ['apply', '-f', '-'],
    wekaManifests({
      endpoints: weka.endpoints,
      caPem: weka.caPem,
      username: 'admin',
      password: weka.password,
      target: hec.endpoint,
      targetCaPem: hec.caPem,
      token: tokens.first,
    }),
  )
  await kubectl(
    ['apply', '-f', '-'],
    minioManifests({
      endpoint: minio.endpoint,
      accessKey: minio.accessKey,
      secretKey: minio.secretKey,
      target: hec.endpoint,
      targetCaPem: hec.caPem,
      token: tokens.minio,
      queueSize,
    }),
  )
  await untilReady(stage)
  await untilReady(stage, minioWebhookName)
  await kubectl(['get', 's3clusters,s3auditwebhooks', '-n', resourceNamespace])
  const set = await weka.webhook()
  check('the WEKA cluster has the endpoint', set.endpoint === hec.endpoint && set.enabled)
  check('and the token', set.tokenSha256 === tokenSum(tokens.first))
  check('it was told once', (await weka.enables()) === 1)
  check('the target took a marked test event for each webhook', (await hec.probes()) === 2)

  step('Audit events of S3 requests arrive at the target, from both clusters')
  await minio.mc('mb', 'local/e2e')
  await eventually('the target has the event of the new bucket on MinIO', async () =>
    (await hec.events()).includes('"name":"PutBucket"') ? true : undefined,
  )
  await eventually("the target has the event of a PutObject of 'story'", async () => {
    // Events that are sent while the S3 servers restart after a change are lost, as on a real cluster.
    await weka.command('s3-request', { name: 'PutObject', bucket: 'e2e', object: 'story' })
    return (await hec.events()).includes('"object":"story"') ? true : undefined
  })

  step('The target goes away, and returns')
  await hec.setRunning(false)
  await eventually(
    'the target is Unreachable, and the resource not Ready',
    async () => {
      const webhook = await read()
      const ready = condition(webhook, 'Ready')?.status
      return webhook.status.target?.state === 'Unreachable' && ready === 'False' ? true : undefined
    },
    120,
  )
  await kubectl(['get', 's3auditwebhooks', '-n', resourceNamespace])
  await kubectl(['get', 'events', '-n', resourceNamespace, '--field-selector=reason=TargetUnreachable'])
  await minio.requests(queueSize / 4)
  await eventually("MinIO's buffer is measured, and fills", async () => {
    const { buffer } = (await readWebhook(narrator, minioWebhookName)).status
    return buffer?.basis === 'Measured' && (buffer.percentFull ?? 0) >= 10 ? true : undefined
  })
  await kubectl(['get', 's3auditwebhooks', '-n', resourceNamespace])
  await hec.setRunning(true)
  await untilReady(stage)
  await untilReady(stage, minioWebhookName)
  await eventually('an Event tells that it is back', async () => {
    const names = await narrator.quiet([
      'get',
      'events',
      '-n',
      resourceNamespace,
      '--field-selector=reason=TargetRecovered',
      '-o',
      'name',
    ])
    return names.trim() === '' ? undefined : true
  })
  check('the WEKA cluster was told nothing meanwhile', (await weka.enables()) === 1)

  step('A rotated token reaches the cluster and the target, without a restart')
  await hec.command('addToken', { token: tokens.second })
  await kubectl(['apply', '-f', '-'], tokenSecret('weka-splunk-token', tokens.second))
  await eventually('the WEKA cluster has the new token', async () =>
    (await weka.webhook()).tokenSha256 === tokenSum(tokens.second) ? true : undefined,
  )
  await hec.command('revokeToken', { token: tokens.first })
  await untilReady(stage)
  check('one change was one call', (await weka.enables()) === 2)

  await repairChangeByHand(stage, { weka, hec })
}

/** Changes the webhook on the cluster, and waits for whoever leads now to repair it. */
export async function repairChangeByHand(stage: Stage, { weka, hec }: Pick<Simulators, 'weka' | 'hec'>): Promise<void> {
  const { step, eventually, kubectl } = stage.narrator
  step('A change made by hand on the cluster is repaired')
  await weka.command('webhook', { endpoint: 'https://elsewhere.example.com/hook' })
  const request = `s3audit.dev/reconcile-requested-at=${new Date().toISOString()}`
  await kubectl(['annotate', 's3auditwebhook', webhookName, '-n', resourceNamespace, '--overwrite', request])
  await eventually('the webhook leads to the target again', async () =>
    (await weka.webhook()).endpoint === hec.endpoint ? true : undefined,
  )
  await untilReady(stage)
}

/** Waits for a Ready that is of the present spec. */
export async function untilReady({ narrator }: Stage, name: string = webhookName): Promise<void> {
  await narrator.eventually(
    `${name} is Ready`,
    async () => {
      const webhook = await readWebhook(narrator, name)
      const ready = condition(webhook, 'Ready')
      const isCurrent = ready?.observedGeneration === webhook.metadata.generation
      return ready?.status === 'True' && isCurrent ? true : undefined
    },
    120,
  )
}
