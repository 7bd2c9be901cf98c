import { objectKey } from '../kube/resource.ts'
import { examineCluster } from './examine-cluster.ts'
import { examineOperator } from './examine-operator.ts'
import { tellOf } from './examine-resource.ts'
import { examineWebhook } from './examine-webhook.ts'
import type { Facts } from './facts.ts'
import { bySeverity, type Finding } from './finding.ts'

/** What is wrong and what to do, worst first; among equals the operator before clusters, and these before webhooks. */
export function diagnose(facts: Facts): readonly Finding[] {
  const { missingKinds, missing, unseen, clusters, webhooks } = facts
  return bySeverity([
    ...missingKinds.map((kind) =>
      tellOf('CRDs')(
        'Error',
        'NotInstalled',
        `The API server does not know ${kind}.`,
        'Install the CRDs of this release: s3-audit-operator crds | kubectl apply -f -',
      ),
    ),
    ...examineOperator(facts),
    ...(missing === undefined
      ? []
      : [tellOf(objectKey(missing))('Error', 'NotFound', 'There is no S3AuditWebhook or S3Cluster of this name.')]),
    ...clusters.flatMap(examineCluster),
    ...webhooks.flatMap(examineWebhook),
    ...[...new Set(unseen)].map((what) =>
      tellOf('You')(
        'Warning',
        'NotAllowed',
        `You may not ${what}, so this was not looked at.`,
        'Ask an administrator.',
      ),
    ),
  ])
}
