import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

import { type ImageOptions, ociArchive } from './oci-archive.ts'

export interface WrittenImage {
  readonly path: string
  /** Of all layers, not compressed. */
  readonly bytes: number
  /** Of the manifest, by which registries know the image. */
  readonly digest: string
}

/** Writes the image as an archive with the OCI image layout; makes the folder when it is not there. */
export async function writeImage(path: string, options: ImageOptions): Promise<WrittenImage> {
  const { parts, digest, layerBytes } = ociArchive(options)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, parts)
  return { path, bytes: layerBytes, digest }
}
