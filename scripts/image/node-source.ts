import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

import type { ImageArchitecture, NodeFilesOptions } from './node-files.ts'

/** Node and C library for an image of this machine's architecture: the Node that package-lock.json pins, the library that is installed. */
export function nodeSourceOfThisMachine(): NodeFilesOptions {
  const architecture = architectureOfThisMachine()
  const packaged = join(import.meta.dirname, `../../node_modules/node-linux-${process.arch}/bin/node`)
  return { node: existsSync(packaged) ? packaged : realpathSync(process.execPath), root: '/', architecture }
}

const architectures: Readonly<Record<string, ImageArchitecture>> = { x64: 'amd64', arm64: 'arm64' }

/** @throws {Error} on what images are not made for. */
export function architectureOfThisMachine(): ImageArchitecture {
  const architecture = architectures[process.arch]
  if (process.platform === 'linux' && architecture !== undefined) return architecture
  throw new Error(
    `An image is made on Linux, x64 or arm64, not on ${process.platform} ${process.arch}: use docker buildx`,
  )
}
