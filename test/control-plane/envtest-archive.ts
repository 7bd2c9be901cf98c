import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { runCommand } from './run-command.ts'

export interface EnvtestArchive {
  readonly url: string
  /** Hexadecimal. An archive with another sum is not unpacked. */
  readonly sha512: string
  /** Exists already; gets kube-apiserver, etcd and kubectl. */
  readonly directory: string
  /** Longest wait for the answer to begin, and between two pieces of it. @default 4000 */
  readonly idleMilliseconds?: number
}

/**
 * Downloads and unpacks an envtest archive.
 *
 * @throws {Error} within seconds where there is no network; when the sum is wrong; when `tar` fails.
 */
export async function downloadEnvtestArchive(archive: EnvtestArchive): Promise<void> {
  const { idleMilliseconds = 4000 } = archive
  const idle = new AbortController()
  const watchdog = setTimeout(() => {
    idle.abort(new Error(`${archive.url} was silent for ${idleMilliseconds} ms`))
  }, idleMilliseconds)
  const path = join(archive.directory, 'envtest.tar.gz')
  const hash = createHash('sha512')
  try {
    const response = await fetch(archive.url, { signal: idle.signal })
    if (!response.ok || response.body === null) throw new Error(`${archive.url} answered ${response.status}`)
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        watchdog.refresh()
        hash.update(chunk)
        done(null, chunk)
      },
    })
    await pipeline(Readable.fromWeb(response.body), tap, createWriteStream(path), { signal: idle.signal })
  } catch (error) {
    // A pipeline does not pass on the reason for which it was aborted.
    idle.signal.throwIfAborted()
    throw error
  } finally {
    clearTimeout(watchdog)
  }
  const sum = hash.digest('hex')
  if (sum !== archive.sha512) {
    throw new Error(`${archive.url} has the SHA-512 ${sum}, expected is ${archive.sha512}: not used`)
  }
  // The archive holds everything two folders deep: controller-tools/envtest/.
  const tar = await runCommand('tar', ['-xzf', path, '-C', archive.directory, '--strip-components=2'])
  if (tar.code !== 0) throw new Error(`tar cannot unpack ${path}: ${tar.stderr}`)
  await rm(path)
}
