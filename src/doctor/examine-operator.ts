import { readClosing } from '../kube/lease-closing.ts'
import { objectKey } from '../kube/resource.ts'
import type { Facts, LeaseFact } from './facts.ts'
import type { Finding } from './finding.ts'

/** For clocks that disagree, and a renewal that is tried again. */
const toleratedMilliseconds = 60_000

/** What the Leases tell of the operator itself. One that works is enough: there may be several, each for its namespaces. */
export function examineOperator({ leases, now }: Pick<Facts, 'leases' | 'now'>): readonly Finding[] {
  if (leases === undefined) return []
  if (leases.length === 0) {
    return [
      finding(
        'Warning',
        'NoLease',
        'There is no Lease of the operator: none with leader election has worked here.',
        'See that the operator runs: kubectl get pods -A -l app.kubernetes.io/name=s3-audit-operator',
      ),
    ]
  }
  const findings = leases.map((lease) => examineLease(lease, now))
  return findings.some((found) => found === undefined) ? [] : findings.filter((found) => found !== undefined)
}

function examineLease({ name, spec }: LeaseFact, now: number): Finding | undefined {
  const { holderIdentity = '', renewTime, leaseDurationSeconds } = spec
  const key = objectKey(name)
  const pods = `kubectl get pods -n ${name.namespace}`
  if (readClosing(spec) !== undefined) {
    return finding(
      'Error',
      'Uninstalled',
      `The Lease ${key} was closed by \`uninstall\`: the operator takes care of nothing any more.`,
      `To have it back, delete the Lease (kubectl delete lease ${name.name} -n ${name.namespace}), then start its pods anew.`,
    )
  }
  if (holderIdentity === null || holderIdentity === '') {
    const message = `Nobody holds the Lease ${key}: the operator is stopped.`
    return finding('Error', 'NoLeader', message, `See why its pods do not run: ${pods}`)
  }
  const renewedAt = Date.parse(renewTime ?? '')
  const silent = now - renewedAt
  if (silent <= (leaseDurationSeconds ?? 15) * 1000 + toleratedMilliseconds) return undefined
  const since = Number.isNaN(renewedAt) ? 'at an unknown time' : `at ${new Date(renewedAt).toISOString()}`
  return finding(
    'Error',
    'LeaderSilent',
    `The leader ${holderIdentity} last renewed the Lease ${key} ${since}: the operator does not work.`,
    `See its pods and their log: ${pods}`,
  )
}

function finding(severity: Finding['severity'], reason: string, message: string, remedy: string): Finding {
  return { severity, subject: 'Operator', reason, message, remedy }
}
