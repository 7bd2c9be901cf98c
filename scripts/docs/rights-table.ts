import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'
import { z } from 'zod'

import { code, markdownTable } from './markdown-table.ts'

const roleShape = z.object({
  rules: z.array(
    z.object({
      apiGroups: z.tuple([z.string()]),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
    }),
  ),
})

interface Purpose {
  readonly what: string
  /** With `secretAccess: Get`, where that makes a difference. */
  readonly getVerbs?: readonly string[]
}

const ownLease = 'in its own namespace, which of several replicas works'

/** By resource, or resource and names. */
const purposes: Readonly<Record<string, Purpose>> = {
  s3clusters: { what: 'follow them; `patch`: their finalizer' },
  s3auditwebhooks: { what: 'follow them; `patch`: their finalizer' },
  's3clusters/status': { what: 'tell what was found' },
  's3auditwebhooks/status': { what: 'tell what was found' },
  secrets: {
    what: 'credentials of S3 clusters, tokens of targets, CA bundles; `list` and `watch` ask for metadata, to see a rotation at once',
    getVerbs: ['get'],
  },
  configmaps: { what: 'CA bundles', getVerbs: ['get'] },
  namespaces: {
    what: 'whether a namespace is being deleted, so that clean-up hurries; the uid of `kube-system`, which names the webhooks on MinIO',
  },
  events: { what: 'tell people of transitions' },
  leases: { what: `${ownLease}: make the Lease` },
  'leases s3-audit-operator': { what: `${ownLease}: read, follow, renew and release it` },
}

/**
 * Every right in the roles of `examples`, which a test holds equal to those of the chart, and what it is for.
 * @throws Error when a right has no purpose, or a purpose no right.
 */
export function rightsTable(root: string): string {
  const rules = ['cluster-role.yaml', 'leader-election-role.yaml'].flatMap(
    (name) => roleShape.parse(parse(readFileSync(join(root, 'examples', name), 'utf8'))).rules,
  )
  const unused = new Set(Object.keys(purposes))
  const rows = rules.flatMap(({ apiGroups: [group], resources, verbs, resourceNames = [] }) =>
    resources.map((resource) => {
      const key = [resource, ...resourceNames].join(' ')
      const purpose = purposes[key]
      if (purpose === undefined) throw new Error(`No purpose of the right to ${key} is written down`)
      unused.delete(key)
      return [
        `${code(resource)}${resourceNames.map((name) => ` ${code(name)}`).join('')}${group === '' ? '' : ` (${group})`}`,
        listed(verbs),
        listed(purpose.getVerbs ?? verbs),
        purpose.what,
      ]
    }),
  )
  if (unused.size > 0) throw new Error(`These are no rights of the operator: ${[...unused].join(', ')}`)
  return markdownTable(['Resource', 'Verbs', 'With `secretAccess: Get`', 'What for'], rows)
}

function listed(verbs: readonly string[]): string {
  return verbs.map(code).join(', ')
}
