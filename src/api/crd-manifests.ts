import { stringify } from 'yaml'

import { customResourceDefinition } from './custom-resource-definition.ts'
import { kinds } from './kinds.ts'

export interface CrdManifest {
  /** As controller-gen names them: `<group>_<plural>.yaml`. */
  readonly fileName: string
  /** One YAML document that begins with `---`. */
  readonly content: string
}

const header = '# Generated from src/api by `npm run generate`; do not edit.\n---\n'

/** The CustomResourceDefinitions of this release as they are shipped, in a stable order and form. */
export function crdManifests(): readonly CrdManifest[] {
  return kinds.map((kind) => ({
    fileName: `${kind.type.group}_${kind.type.plural}.yaml`,
    content: header + stringify(customResourceDefinition(kind), { lineWidth: 120, aliasDuplicateObjects: false }),
  }))
}
