import type { ObjectName } from '../kube/resource.ts'

/** Rights are not watched: what lacks one is looked at again after this time. */
export const forbiddenMilliseconds = 30_000

/** Kubernetes does not let the operator read what a resource refers to. The message is for the status of that resource. */
export class ReadForbiddenError extends Error {
  override readonly name = 'ReadForbiddenError'

  constructor(kind: 'Secret' | 'ConfigMap', { namespace, name }: ObjectName) {
    const resource = kind === 'Secret' ? 'secrets' : 'configmaps'
    super(
      `The operator may not read ${kind} '${name}' in namespace '${namespace}': grant its service account \`get\` on \`${resource}\` there.`,
    )
  }
}
