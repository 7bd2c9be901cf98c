import { reportProgress } from './progress.ts'
import { type CommandResult, runCommand } from './run-command.ts'
import { toolsDirectory, toolVersions } from './versions.ts'

export interface GoBuild {
  /** What the progress lines call it. */
  readonly what: string
  /** Arguments of the go command, `build` or `install` first. */
  readonly args: readonly string[]
  /** The Go module that pins what is built. @default that of the control plane */
  readonly module?: string
  /** Where `go install` puts the binary. */
  readonly binDirectory?: string
}

/** Flags of every build: small binaries without paths of this machine in them. */
export const goBuildFlags: readonly string[] = ['-trimpath', '-buildvcs=false']

/**
 * Builds a Go program, with progress on stderr.
 *
 * @throws {Error} with the compiler's output, or saying that Go is not installed.
 */
export async function buildWithGo(build: GoBuild): Promise<void> {
  using _progress = reportProgress(`Building ${build.what}`)
  const result = await runGo(build)
  if (result.code === 0) return
  throw new Error(
    `go ${build.args[0]} failed for ${build.what} (exit code ${result.code}):\n${lastLines(result.stderr)}`,
  )
}

async function runGo(build: GoBuild): Promise<CommandResult> {
  const { GOOS: _os, GOARCH: _arch, GOBIN: _bin, ...env } = process.env
  try {
    return await runCommand('go', build.args, {
      cwd: build.module ?? toolsDirectory,
      env: {
        ...env,
        // The user's own flags and workspaces are made for other modules.
        GOFLAGS: '',
        GOWORK: 'off',
        CGO_ENABLED: '0',
        ...(build.binDirectory === undefined ? {} : { GOBIN: build.binDirectory }),
      },
    })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const { go } = toolVersions()
    throw new Error(
      `go is not on PATH, but ${build.what} must be built: install Go >= ${go}, or set KUBEBUILDER_ASSETS to a folder with kube-apiserver, etcd and kubectl`,
      { cause: error },
    )
  }
}

/** The first lines of a failed build are names of downloaded modules. */
function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-30).join('\n')
}
