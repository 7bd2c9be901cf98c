import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { group } from '../../src/api/group.ts'
import { kinds } from '../../src/api/kinds.ts'
import type { GeneratedFile } from '../generated-file.ts'

const head = `# The health checks of resource_customizations/ as a patch of Argo CD's own ConfigMap, for as long as they are not part of Argo CD:
#   kubectl patch configmap argocd-cm -n argocd --patch-file argocd-cm.yaml
# Generated from resource_customizations/ by 'npm run generate'.
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
data:
`

/** The Lua health checks of Argo CD as entries of its ConfigMap. */
export async function argoHealthChecks(root: string): Promise<readonly GeneratedFile[]> {
  const entries = await Promise.all(
    kinds.map(async ({ type: { kind } }) => {
      const folder = join(root, 'examples/argo-cd/resource_customizations', group, kind)
      const script = await readFile(join(folder, 'health.lua'), 'utf8')
      return `  resource.customizations.health.${group}_${kind}: |\n${script.replaceAll(/^(?=.)/gmu, '    ')}`
    }),
  )
  return [{ path: 'examples/argo-cd/argocd-cm.yaml', content: head + entries.join('') }]
}
