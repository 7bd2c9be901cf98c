import type { HecSimulator } from '../test/simulators/hec/hec-simulator.ts'
import type { WekaSimulator } from '../test/simulators/weka/weka-simulator.ts'
import { namespace, tokenSecret } from './manifests.ts'
import type { Narrator } from './narrator.ts'
import { condition, readWebhook } from './read-webhook.ts'

/** What happens to a webhook on WEKA: token revoked and rotated, a change by hand, and what the cluster was asked meanwhile. */
export async function walkWeka(
  narrator: Narrator,
  {
    weka,
    hec,
    tokens,
  }: { readonly weka: WekaSimulator; readonly hec: HecSimulator; readonly tokens: { old: string; next: string } },
): Promise<void> {
  const { step, say, kubectl, eventually, check } = narrator
  const read = () => readWebhook(narrator, 'weka-audit')

  step('A token revoked at the target is told apart from an outage')
  hec.revokeToken(tokens.old)
  say('The token is tested once a minute; an annotation asks for the whole ladder of tests now.')
  await annotate(narrator, 's3audit.dev/test-requested-at')
  await eventually('the target is Rejecting because of TokenInvalid, and the resource is Stalled', async () => {
    const webhook = await read()
    const stalled = condition(webhook, 'Stalled')
    return webhook.status.target?.reason === 'TokenInvalid' && stalled?.status === 'True' ? webhook : undefined
  })
  await show(narrator)
  await kubectl(['get', 'events', '-n', namespace, '--field-selector=reason=TargetRejecting'])

  step('A new token in the Secret mends it, without a restart')
  hec.addToken({ token: tokens.next })
  const before = weka.counters().enables
  await kubectl(['apply', '-f', '-'], tokenSecret('weka-splunk-token', tokens.next))
  await eventually('the cluster has the new token', () => {
    const { authToken } = weka.webhook()
    return authToken === `Splunk ${tokens.next}` ? true : undefined
  })
  await eventually('the target accepts again', async () =>
    condition(await read(), 'Ready')?.status === 'True' ? true : undefined,
  )
  check('one change was one enable call on the cluster', weka.counters().enables === before + 1)
  await show(narrator)

  step('A change made by hand on the cluster is repaired')
  weka.setWebhookByHand({ endpoint: 'https://somewhere-else.example.com/hook' })
  say(
    "The cluster's webhook now leads to somewhere-else.example.com. The next read-back finds it; an annotation asks for one now.",
  )
  await annotate(narrator, 's3audit.dev/reconcile-requested-at')
  await eventually('the webhook leads to the target again', () =>
    weka.webhook().endpoint === hec.url('raw').href ? true : undefined,
  )
  await eventually('an Event tells of it', async () => {
    const names = await narrator.quiet([
      'get',
      'events',
      '-n',
      namespace,
      '--field-selector=reason=DriftRepaired',
      '-o',
      'name',
    ])
    return names.trim() === '' ? undefined : true
  })
  await kubectl(['get', 'events', '-n', namespace, '--field-selector=reason=DriftRepaired'])
}

async function show({ kubectl }: Narrator): Promise<void> {
  await kubectl(['get', 's3auditwebhooks', '-n', namespace])
}

/** A value it did not have before is what counts. */
async function annotate({ kubectl }: Narrator, annotation: string): Promise<void> {
  const value = `${annotation}=${new Date().toISOString()}`
  await kubectl(['annotate', 's3auditwebhook', 'weka-audit', '-n', namespace, '--overwrite', value])
}
