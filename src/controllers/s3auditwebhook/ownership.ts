import { objectName, type ObjectMeta, type ObjectName } from '../../kube/resource.ts'

/** A resource that claims the one webhook of a cluster. */
export interface Claim {
  readonly metadata: ObjectMeta
  /** Absent: not known yet which cluster it leads to. */
  readonly clusterId: string | undefined
  /** `managementPolicy: Observe`: claims nothing. */
  readonly observes: boolean
}

/**
 * Who owns the one webhook of a cluster before `claim`: the oldest (creationTimestamp, then uid), so that a newcomer never takes
 * over. A suspended owner and one in deletion still own; one that only observes never does.
 * @returns undefined when `claim` itself owns, or claims nothing.
 */
export function ownerBefore(claim: Claim, others: readonly Claim[]): ObjectName | undefined {
  if (claim.clusterId === undefined || claim.observes) return undefined
  const [oldest] = others
    .filter((other) => !other.observes && other.clusterId === claim.clusterId)
    .filter((other) => compareAge(other.metadata, claim.metadata) < 0)
    .sort((a, b) => compareAge(a.metadata, b.metadata))
  return oldest === undefined ? undefined : objectName(oldest)
}

function compareAge(a: ObjectMeta, b: ObjectMeta): number {
  return compareText(a.creationTimestamp ?? '', b.creationTimestamp ?? '') || compareText(a.uid ?? '', b.uid ?? '')
}

/** By code unit: RFC 3339 UTC times of one precision and uids compare as text, independent of the locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
