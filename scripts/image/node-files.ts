import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

import { neededLibraries } from './needed-libraries.ts'
import type { TarEntry } from './tar.ts'

/** The user of the image, by number, so that Kubernetes can tell that it is not root. */
export const imageUser = 65532

export interface NodeFilesOptions {
  /** The program that goes into the image. */
  readonly node: string
  /** Where the C library is taken from: the root of a file system of the image's architecture. */
  readonly root: string
  readonly architecture: ImageArchitecture
}

export type ImageArchitecture = 'amd64' | 'arm64'

const platforms = {
  amd64: { triplet: 'x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1' },
} as const satisfies Readonly<Record<ImageArchitecture, object>>

/**
 * Everything that Node needs to run, and nothing else: its program, the C library, the certificates of public CAs, and the names of
 * two users. There is no shell.
 *
 * @throws {Error} naming a library that is not there.
 */
export function nodeFiles(options: NodeFilesOptions): readonly TarEntry[] {
  const libraries = librariesOf(options)
  const files: readonly TarEntry[] = [
    text('etc/group', `root:x:0:\nnonroot:x:${imageUser}:\n`),
    // Without it the C library asks DNS before /etc/hosts.
    text('etc/nsswitch.conf', 'hosts: files dns\n'),
    text(
      'etc/passwd',
      `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${imageUser}:${imageUser}:nonroot:/tmp:/sbin/nologin\n`,
    ),
    text('etc/ssl/certs/ca-certificates.crt', publicAuthorities(options)),
    ...libraries,
    { type: 'file', path: 'usr/local/bin/node', mode: 0o755, content: readFileSync(options.node) },
  ]
  return [...directoriesOf(files), { type: 'directory', path: 'tmp', mode: 0o1777 }, ...files]
}

/** The directories above the files, each before what is in it. */
export function directoriesOf(files: readonly TarEntry[]): readonly TarEntry[] {
  const paths = new Set<string>()
  for (const { path } of files) {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) paths.add(above)
  }
  return [...paths].sort().map((path) => ({ type: 'directory', path, mode: 0o755 }))
}

function librariesOf({ node, root, architecture }: NodeFilesOptions): readonly TarEntry[] {
  const { triplet, loader } = platforms[architecture]
  // The loader's own place is a link on some systems, which leads out of another root.
  const folders = [`lib/${triplet}`, `usr/lib/${triplet}`, 'lib64', 'usr/lib64', 'lib', 'usr/lib']
  const found = new Map<string, TarEntry>()
  const waiting = [basename(loader), ...neededLibraries(readFileSync(node))]
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (found.has(name)) continue
    const path = folders.map((folder) => `${folder}/${name}`).find((candidate) => existsSync(join(root, candidate)))
    if (path === undefined) {
      throw new Error(`Node needs ${name}, which is not below ${root}: build where the GNU C library is installed`)
    }
    const content = readFileSync(join(root, path))
    // The program names its loader by the whole path.
    found.set(name, { type: 'file', path: name === basename(loader) ? loader : path, mode: 0o755, content })
    waiting.push(...neededLibraries(content))
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The CAs that come with Node (those of Mozilla), so that they are as new as it is and the same wherever the image is built. */
function publicAuthorities({ node }: NodeFilesOptions): string {
  const program = "process.stdout.write(require('node:tls').rootCertificates.join('\\n') + '\\n')"
  const own = runs(node) ? node : process.execPath
  return execFileSync(own, ['--eval', program], { encoding: 'utf8', env: {}, maxBuffer: 16 * 1024 * 1024 })
}

/** The Node of another architecture does not. */
function runs(node: string): boolean {
  try {
    execFileSync(node, ['--version'], { stdio: 'ignore', env: {} })
    return true
  } catch {
    return false
  }
}

function text(path: string, content: string): TarEntry {
  return { type: 'file', path, mode: 0o644, content: Buffer.from(content) }
}
