import { join } from 'node:path'

import { buildWithGo, goBuildFlags } from './go-build.ts'
import { provideTool } from './tool-cache.ts'
import { minioModules } from './versions.ts'

/** Paths of executables. */
export interface MinioBinaries {
  readonly minio: string
  readonly mc: string
}

/** Finds MinIO's server and client in the cache, or builds them from Go modules (minutes; progress on stderr). */
export async function findMinioBinaries(): Promise<MinioBinaries> {
  return { minio: await install('minio'), mc: await install('mc') }
}

async function install(name: keyof MinioBinaries): Promise<string> {
  const { path, version } = minioModules[name]
  const directory = await provideTool({ name, version }, async (binDirectory) => {
    const args = ['install', ...goBuildFlags, '-ldflags', '-s -w', `${path}@${version}`]
    await buildWithGo({ what: `${name} ${version} (some minutes)`, args, binDirectory })
  })
  return join(directory, name)
}
