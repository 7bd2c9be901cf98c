import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { nodeEnvironment, nodeFlags } from '../node-flags.ts'
import { directoriesOf, imageUser, nodeFiles, type NodeFilesOptions } from './node-files.ts'
import type { ImageOptions } from './oci-archive.ts'
import type { TarEntry } from './tar.ts'

const root = join(import.meta.dirname, '../..')
const { name, version, license, description } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as Readonly<Record<'name' | 'version' | 'license' | 'description', string>>

/** What the image is called where it is built by hand; a registry's name comes with a push. */
export const operatorImageName: string = `localhost/${name}:${version}`

/** The image of the operator, from what `npm run build` wrote to dist/. */
export function operatorImage(options: NodeFilesOptions & { readonly name: string }): ImageOptions {
  const [base, app] = operatorLayers(options)
  return {
    name: options.name,
    architecture: options.architecture,
    layers: [base, app],
    config: {
      Entrypoint: ['/usr/local/bin/node', ...nodeFlags, `/app/${name}.mjs`],
      Env: ['PATH=/usr/local/bin', ...nodeEnvironment],
      ExposedPorts: { '8080/tcp': {} },
      Labels: {
        'org.opencontainers.image.title': name,
        'org.opencontainers.image.description': description,
        'org.opencontainers.image.licenses': license,
        'org.opencontainers.image.version': version,
      },
      User: `${imageUser}:${imageUser}`,
      WorkingDir: '/app',
    },
  }
}

/** The files of the image: Node, which changes seldom, and the operator with the licences and the list of what is in it. */
export function operatorLayers(options: NodeFilesOptions): readonly [readonly TarEntry[], readonly TarEntry[]] {
  const files = [`${name}.cdx.json`, `${name}.mjs`, `${name}.mjs.LEGAL.txt`].map((file): TarEntry => {
    const content = readFileSync(join(root, 'dist', file))
    return { type: 'file', path: `app/${file}`, mode: file.endsWith('.mjs') ? 0o755 : 0o644, content }
  })
  return [nodeFiles(options), [...directoriesOf(files), ...files]]
}
