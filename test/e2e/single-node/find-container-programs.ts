import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

import { reportProgress } from '../../control-plane/progress.ts'
import { runCommand } from '../../control-plane/run-command.ts'
import { provideTool } from '../../control-plane/tool-cache.ts'

/** containerd with what it calls, and nft for kube-proxy. */
export interface ContainerPrograms {
  /** With `PATH` and what else the programs need to find each other and their libraries. */
  readonly env: Readonly<Record<string, string>>
  /** Folder of the CNI plug-ins. */
  readonly cni: string
}

const programs = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc', 'nft'] as const
const plugins = ['host-local', 'loopback', 'ptp'] as const
const folders = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'] as const
const pluginFolders = ['opt/cni/bin', 'usr/lib/cni', 'usr/libexec/cni'] as const
const packages = ['containerd', 'containernetworking-plugins', 'nftables', 'runc'] as const

/** What is neither installed nor can be had from packages; empty when nothing is. */
export async function missingContainerPrograms(): Promise<readonly string[]> {
  const missing = missingBelow(['/'])
  return missing.length === 0 || (await hasApt()) ? [] : missing
}

/**
 * The programs that are installed; or, where one is missing, those of the system's packages, which are unpacked into the cache: nothing is
 * installed.
 *
 * @throws {Error} when the packages cannot be had.
 */
export async function findContainerPrograms(): Promise<ContainerPrograms> {
  if (missingBelow(['/']).length === 0) return programsBelow(['/'])
  const release = /^PRETTY_NAME="?([^"\n]+)/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'unknown'
  const version = release
    .replaceAll(/[^\w.]+/g, '-')
    .replace(/-$/, '')
    .toLowerCase()
  const unpacked = await provideTool({ name: 'container-packages', version }, unpackPackages)
  const roots = [unpacked, '/']
  const missing = missingBelow(roots)
  if (missing.length === 0) return programsBelow(roots)
  throw new Error(`The packages ${packages.join(', ')} of ${release} have no ${missing.join(', no ')}: install these`)
}

/** Downloads the packages with those they depend on, as far as they are not installed, and unpacks them. */
async function unpackPackages(directory: string): Promise<void> {
  using _progress = reportProgress(`Downloading packages: ${packages.join(', ')}`)
  const archives = join(directory, 'archives')
  await mkdir(join(archives, 'partial'), { recursive: true })
  // Nothing of the system is written: its lists of packages may be old or missing, so these are our own.
  const lists = join(directory, 'lists')
  await mkdir(join(lists, 'partial'), { recursive: true })
  const options = [
    'APT::Sandbox::User=root',
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    `Dir::Cache::archives=${archives}`,
    `Dir::State::lists=${lists}`,
  ]
  const apt = ['--quiet=2', '-o', 'Debug::NoLocking=1', ...options.flatMap((option) => ['-o', option])]
  await must('apt-get', [...apt, 'update'])
  await must('apt-get', [...apt, 'install', '--yes', '--download-only', '--no-install-recommends', ...packages])
  const files = (await must('find', [archives, '-name', '*.deb'])).split('\n').filter((file) => file !== '')
  for (const file of files) await must('dpkg-deb', ['--extract', file, directory])
  await rm(archives, { recursive: true })
  await rm(lists, { recursive: true })
}

function programsBelow(roots: readonly string[]): ContainerPrograms {
  const below = (paths: readonly string[]): readonly string[] =>
    roots.flatMap((root) => paths.map((path) => join(root, path)))
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
  const libraries = roots
    .filter((root) => root !== '/')
    .flatMap((root) => [join(root, 'usr/lib', triplet), join(root, 'lib', triplet)])
  return {
    env: {
      PATH: below(folders).join(delimiter),
      ...(libraries.length === 0 ? {} : { LD_LIBRARY_PATH: libraries.join(delimiter) }),
    },
    cni: below(pluginFolders).find((folder) => plugins.every((plugin) => existsSync(join(folder, plugin)))) ?? '',
  }
}

function missingBelow(roots: readonly string[]): readonly string[] {
  const has = (places: readonly string[], name: string): boolean =>
    roots.some((root) => places.some((place) => existsSync(join(root, place, name))))
  return [
    ...programs.filter((program) => !has(folders, program)),
    ...plugins.filter((plugin) => !has(pluginFolders, plugin)).map((plugin) => `CNI plug-in ${plugin}`),
  ]
}

async function hasApt(): Promise<boolean> {
  try {
    return (await runCommand('apt-get', ['--version'])).code === 0
  } catch {
    return false
  }
}

async function must(file: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await runCommand(file, args)
  if (code !== 0) throw new Error(`${file} ${args.at(-1)} failed (exit code ${code}): ${stderr.trim()}`)
  return stdout
}
