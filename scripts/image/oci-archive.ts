import { createHash } from 'node:crypto'

import type { ImageArchitecture } from './node-files.ts'
import { tar, type TarEntry } from './tar.ts'

export interface ImageOptions {
  /** With tag: `localhost/s3-audit-operator:0.1.0`. */
  readonly name: string
  readonly architecture: ImageArchitecture
  /** From the lowest up. */
  readonly layers: readonly (readonly TarEntry[])[]
  readonly config: ImageConfig
}

/** As much as is used of the config of the OCI image specification. */
export interface ImageConfig {
  readonly Entrypoint: readonly string[]
  readonly Env?: readonly string[]
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Labels?: Readonly<Record<string, string>>
  readonly User: string
  readonly WorkingDir?: string
}

export interface ImageArchive {
  /** The bytes of the archive, in pieces. */
  readonly parts: readonly Uint8Array[]
  /** Of the manifest, by which registries know the image: `sha256:...`. */
  readonly digest: string
  /** Of all layers, which are not compressed: what the image takes on a node's disk. */
  readonly layerBytes: number
}

/**
 * An image as a tar archive with the OCI image layout (image-spec 1.1), as containerd, Docker, podman, skopeo and kind load it.
 * The same files give the same bytes: nothing in it tells of the time or the machine.
 */
export function ociArchive({ name, architecture, layers, config }: ImageOptions): ImageArchive {
  const blobs = new Map<string, Uint8Array>()
  const add = (mediaType: string, content: Uint8Array): Descriptor => {
    const digest = createHash('sha256').update(content).digest('hex')
    blobs.set(digest, content)
    return { mediaType, digest: `sha256:${digest}`, size: content.length }
  }
  const added = layers.map((entries) => add(`${mediaTypes}.layer.v1.tar`, Buffer.concat(tar(entries))))
  const image = {
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: added.map(({ digest }) => digest) },
  }
  const manifest = add(
    `${mediaTypes}.manifest.v1+json`,
    json({
      schemaVersion: 2,
      mediaType: `${mediaTypes}.manifest.v1+json`,
      config: add(`${mediaTypes}.config.v1+json`, json(image)),
      layers: added,
    }),
  )
  const tag = name.slice(name.lastIndexOf(':') + 1)
  const index = {
    schemaVersion: 2,
    mediaType: `${mediaTypes}.index.v1+json`,
    manifests: [
      {
        ...manifest,
        platform: { architecture, os: 'linux' },
        // The first is containerd's name for it, the second the one of the specification, which has only the tag.
        annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': tag },
      },
    ],
  }
  const parts = tar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    { type: 'directory', path: 'blobs', mode: 0o755 },
    { type: 'directory', path: 'blobs/sha256', mode: 0o755 },
    ...[...blobs].map(([digest, content]) => file(`blobs/sha256/${digest}`, content)),
  ])
  return { parts, digest: manifest.digest, layerBytes: added.reduce((total, { size }) => total + size, 0) }
}

const mediaTypes = 'application/vnd.oci.image'

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function file(path: string, content: Uint8Array): TarEntry {
  return { type: 'file', path, mode: 0o644, content }
}
