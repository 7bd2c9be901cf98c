import { objectKey } from '../kube/resource.ts'
import { examineCheck, examineConditions, examineProgress, examineReady, tellOf } from './examine-resource.ts'
import type { ClusterFacts } from './facts.ts'
import type { Finding } from './finding.ts'

export function examineCluster({ metadata, spec, status, access }: ClusterFacts): readonly Finding[] {
  const { name, namespace = '' } = metadata
  const tell = tellOf(`S3Cluster ${objectKey({ namespace, name })}`)
  const own = [
    ...('problem' in spec ? [tell('Error', 'InvalidSpec', spec.problem)] : []),
    ...examineCheck(access, tell),
  ]
  const explained = new Set(own.map(({ reason }) => reason))
  const conditions = status?.conditions ?? []
  const findings = [
    ...examineProgress(metadata, status, tell),
    ...own,
    ...examineConditions(conditions, [['Ready', 'Error']], explained, tell),
    ...('spec' in spec && spec.spec.tls.verification === 'None'
      ? [tell('Warning', 'NotVerified', 'TLS certificates of the cluster are not verified.', givenCa)]
      : []),
  ]
  return [...findings, ...examineReady(conditions, findings, tell)]
}

const givenCa = 'Give the CA in `spec.tls.caCertificateRef` and take `spec.tls.verification: None` out.'
