import { existsSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'

import { downloadEnvtestArchive } from './envtest-archive.ts'
import { buildWithGo, goBuildFlags } from './go-build.ts'
import { reportProgress } from './progress.ts'
import { type CachedTool, cachedToolDirectory, provideTool } from './tool-cache.ts'
import { envtestArchives, toolsDirectory, toolVersions } from './versions.ts'

/** Paths of executables. */
export interface ControlPlaneBinaries {
  readonly kubeApiserver: string
  readonly etcd: string
  readonly kubectl: string
  /** Present when it was asked for. */
  readonly kubeControllerManager?: string
}

/** Paths of executables. */
export interface NodeBinaries extends Required<ControlPlaneBinaries> {
  readonly kubeScheduler: string
  readonly kubeProxy: string
  readonly kubelet: string
}

export interface FindBinariesOptions {
  /** The official archives have no controller manager, so that asking for it can mean a build. @default false */
  readonly controllerManager?: boolean
}

/**
 * Finds the programs of a control plane: in the folder `KUBEBUILDER_ASSETS`, in the cache, by download of the official
 * envtest archive, or by a build from Go modules (minutes; progress on stderr).
 *
 * @throws {Error} naming what is missing on this machine.
 */
export async function findControlPlaneBinaries(options: FindBinariesOptions = {}): Promise<ControlPlaneBinaries> {
  const base = assets() ?? (await cachedOrMade(options))
  if (options.controllerManager !== true) return base
  const beside = join(base.kubeApiserver, '../kube-controller-manager')
  if (existsSync(beside)) return { ...base, kubeControllerManager: beside }
  return { ...base, kubeControllerManager: join(await buildKubernetes(), 'kube-controller-manager') }
}

/**
 * Finds the programs of a whole node, in the cache or by a build: the official archives have no kubelet.
 *
 * @throws {Error} naming what is missing on this machine.
 */
export async function findNodeBinaries(): Promise<NodeBinaries> {
  const [kubernetes, etcd] = [await buildKubernetes(), await buildEtcd()]
  return {
    ...binariesIn(kubernetes, etcd),
    kubeControllerManager: join(kubernetes, 'kube-controller-manager'),
    kubeScheduler: join(kubernetes, 'kube-scheduler'),
    kubeProxy: join(kubernetes, 'kube-proxy'),
    kubelet: join(kubernetes, 'kubelet'),
  }
}

function assets(): ControlPlaneBinaries | undefined {
  const directory = process.env['KUBEBUILDER_ASSETS']
  if (!directory) return undefined
  const binaries = binariesIn(directory, directory)
  const missing = [binaries.kubeApiserver, binaries.etcd, binaries.kubectl].filter((path) => !existsSync(path))
  if (missing.length === 0) return binaries
  throw new Error(
    `KUBEBUILDER_ASSETS is set, but there is no ${missing.join(', no ')}: complete the folder or unset it`,
  )
}

async function cachedOrMade(options: FindBinariesOptions): Promise<ControlPlaneBinaries> {
  const built = { kubernetes: cachedToolDirectory(kubernetesTool()), etcd: cachedToolDirectory(etcdTool()) }
  if (existsSync(built.kubernetes) && existsSync(built.etcd)) return binariesIn(built.kubernetes, built.etcd)
  // One build brings all three: a download beside it would only be a second version.
  if (options.controllerManager !== true) {
    const envtest = await downloadEnvtest()
    if (envtest !== undefined) return binariesIn(envtest, envtest)
  }
  return binariesIn(await buildKubernetes(), await buildEtcd())
}

function binariesIn(kubernetes: string, etcd: string): ControlPlaneBinaries {
  return {
    kubeApiserver: join(kubernetes, 'kube-apiserver'),
    kubectl: join(kubernetes, 'kubectl'),
    etcd: join(etcd, 'etcd'),
  }
}

/** Undefined where it cannot be had: a machine without network, or another platform. */
async function downloadEnvtest(): Promise<string | undefined> {
  const { version, sha512 } = envtestArchives
  const sum = sha512[`${process.platform}-${process.arch}`]
  if (sum === undefined) return undefined
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const url = `https://github.com/kubernetes-sigs/controller-tools/releases/download/envtest-${version}/envtest-${version}-${platform}.tar.gz`
  try {
    return await provideTool({ name: 'envtest', version }, async (directory) => {
      using _progress = reportProgress(`Downloading envtest ${version}`)
      await downloadEnvtestArchive({ url, sha512: sum, directory })
    })
  } catch (error) {
    process.stderr.write(`No envtest archive (${reasonOf(error)}): building from Go modules instead\n`)
    return undefined
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

function kubernetesTool(): CachedTool {
  const sources = ['go.mod', 'go.sum', 'main.go'].map((file) => join(toolsDirectory, file))
  return { name: 'kubernetes', version: toolVersions().kubernetes, sources }
}

function etcdTool(): CachedTool {
  const sources = ['go.mod', 'go.sum'].map((file) => join(toolsDirectory, file))
  return { name: 'etcd', version: toolVersions().etcd, sources }
}

function buildKubernetes(): Promise<string> {
  const { kubernetes: version } = toolVersions()
  const components = ['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler', 'kubectl', 'kubelet']
  return provideTool(kubernetesTool(), async (directory) => {
    const output = join(directory, 'kubernetes')
    const args = ['build', ...goBuildFlags, '-ldflags', `-s -w ${versionFlags(version)}`, '-o', output, '.']
    await buildWithGo({ what: `Kubernetes ${version} (${components.join(', ')}; some minutes)`, args })
    for (const component of components) await symlink('kubernetes', join(directory, component))
  })
}

function buildEtcd(): Promise<string> {
  const { etcd: version } = toolVersions()
  return provideTool(etcdTool(), async (directory) => {
    const output = join(directory, 'etcd')
    const args = ['build', ...goBuildFlags, '-ldflags', '-s -w', '-o', output, 'go.etcd.io/etcd/server/v3']
    await buildWithGo({ what: `etcd ${version}`, args })
  })
}

/** Without them the server calls itself v0.0.0-master, which kubectl and Helm cannot compare with anything. */
function versionFlags(version: string): string {
  const [major, minor] = version.slice(1).split('.')
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: 'go-module',
    buildDate: '1970-01-01T00:00:00Z',
  }
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
    .flatMap((path) => Object.entries(values).map(([name, value]) => `-X ${path}.${name}=${value}`))
    .join(' ')
}
