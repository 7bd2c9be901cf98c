import { readFile } from 'node:fs/promises'

import { imageUser } from '../../../scripts/image/node-files.ts'
import { architectureOfThisMachine } from '../../../scripts/image/node-source.ts'
import type { ImageOptions } from '../../../scripts/image/oci-archive.ts'
import { findMinioBinaries } from '../../control-plane/minio-binaries.ts'

export const minioImageName = 'localhost/minio:e2e'

/** A real MinIO with its client, two static programs. */
export async function minioImage(): Promise<ImageOptions> {
  const { minio, mc } = await findMinioBinaries()
  return {
    name: minioImageName,
    architecture: architectureOfThisMachine(),
    layers: [
      [
        { type: 'directory', path: 'tmp', mode: 0o1777 },
        { type: 'file', path: 'mc', mode: 0o755, content: await readFile(mc) },
        { type: 'file', path: 'minio', mode: 0o755, content: await readFile(minio) },
      ],
    ],
    config: { Entrypoint: ['/minio'], User: `${imageUser}:${imageUser}` },
  }
}
