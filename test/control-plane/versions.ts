import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The Go module that pins Kubernetes and etcd. */
export const toolsDirectory: string = join(import.meta.dirname, 'tools')

export interface ToolVersions {
  /** With the leading `v`, as all of them. */
  readonly kubernetes: string
  readonly etcd: string
  /** The oldest Go that builds them, without a prefix: `1.26.0`. */
  readonly go: string
}

/** Versions of the tools that `go.mod` decides; it is the one place to change them. */
export function toolVersions(): ToolVersions {
  const goMod = readFileSync(join(toolsDirectory, 'go.mod'), 'utf8')
  return {
    kubernetes: find(goMod, /^\tk8s\.io\/kubernetes (v\S+)/m),
    etcd: find(goMod, /^\tgo\.etcd\.io\/etcd\/server\/v3 (v\S+)/m),
    go: find(goMod, /^go (\S+)/m),
  }
}

/** MinIO left version tags for Go behind: these name commits of its repositories. */
export const minioModules = {
  minio: { path: 'github.com/minio/minio', version: 'v0.0.0-20260212201848-7aac2a2c5b7c' },
  mc: { path: 'github.com/minio/mc', version: 'v0.0.0-20250313080218-cf909e1063a9' },
} as const

/**
 * The archive with kube-apiserver, etcd and kubectl that controller-tools releases, by `<platform>-<arch>` of Node.
 * The sums are those of `envtest-releases.yaml` in its repository. Not every patch release of Kubernetes has one.
 */
export const envtestArchives = {
  version: 'v1.36.2',
  sha512: {
    'linux-x64':
      'ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dcf30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08',
    'linux-arm64':
      '2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae28181afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac',
    'darwin-x64':
      'b4fe9f973cd1992e3880f8b230ed32c0c243b83371591e3e3315f4404df2cdbef8ee94eeb9bb245b7e5feb987d5c4a76c43e0877654ab73f00d7bbc2b9984514',
    'darwin-arm64':
      '9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce',
  } as Readonly<Record<string, string>>,
}

function find(goMod: string, pattern: RegExp): string {
  const version = pattern.exec(goMod)?.[1]
  if (version === undefined)
    throw new Error(`${join(toolsDirectory, 'go.mod')} names no version that matches ${pattern}`)
  return version
}
