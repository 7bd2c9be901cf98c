import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { glob, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { withFileLock } from './file-lock.ts'
import { reportProgress } from './progress.ts'

/**
 * Where built and downloaded tools stay: outside the repository, since they survive `npm ci` and serve several clones.
 * `S3AUDIT_TEST_CACHE`, else `$XDG_CACHE_HOME/s3-audit-operator`, else `~/.cache/s3-audit-operator`.
 */
export function toolCacheDirectory(): string {
  const { S3AUDIT_TEST_CACHE: own, XDG_CACHE_HOME: caches } = process.env
  return own || join(caches || join(homedir(), '.cache'), 's3-audit-operator')
}

export interface CachedTool {
  readonly name: string
  readonly version: string
  /** Files that decide what comes out: another content is another entry. */
  readonly sources?: readonly string[]
}

/** The folder of a tool, which exists only when it is complete. */
export function cachedToolDirectory(tool: CachedTool): string {
  const hash = createHash('sha256')
  for (const source of tool.sources ?? []) hash.update(readFileSync(source))
  const content = tool.sources === undefined ? '' : `-${hash.digest('hex').slice(0, 12)}`
  return join(toolCacheDirectory(), `${tool.name}-${tool.version}-${process.platform}-${process.arch}${content}`)
}

/**
 * Returns the tool's folder; when it is absent, `make` fills a new one, which is put in place at once or not at all.
 * Only one process makes a tool, the others wait for it.
 *
 * @throws what `make` throws; the next caller tries anew.
 */
export async function provideTool(tool: CachedTool, make: (directory: string) => Promise<void>): Promise<string> {
  const directory = cachedToolDirectory(tool)
  if (existsSync(directory)) return directory
  await mkdir(toolCacheDirectory(), { recursive: true })
  const waiting = `Waiting for another process that prepares ${tool.name} ${tool.version}`
  return withFileLock(`${directory}.lock`, { onWait: () => reportProgress(waiting) }, async () => {
    if (existsSync(directory)) return directory
    // The lock says that nobody works in them: they are of builds that were killed.
    for await (const abandoned of glob(`${directory}.build-*`)) await rm(abandoned, { recursive: true })
    const unfinished = await mkdtemp(`${directory}.build-`)
    try {
      await make(unfinished)
      await rename(unfinished, directory)
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
    return directory
  })
}
