import type { CommandOptions, CommandResult } from '../control-plane/run-command.ts'

/** A Kubernetes cluster that runs pods. Disposing of it leaves nothing. */
export interface Cluster extends AsyncDisposable {
  /** Of the administrator, reachable from this machine. */
  readonly kubeconfigPath: string
  readonly kubectlPath: string
  /** Makes an image of an archive with the OCI layout known to the node; pods name it with `imagePullPolicy: Never`. */
  loadImage(archivePath: string): Promise<void>
  /** Ends a container as a crash would: by SIGKILL. @param id as the kubelet reports it, without the name of the runtime */
  killContainer(id: string): Promise<void>
  /** Runs kubectl as the administrator, whatever its exit code. */
  kubectl(args: readonly string[], options?: Pick<CommandOptions, 'input' | 'signal'>): Promise<CommandResult>
}

/** One way to get a cluster. */
export interface ClusterMaker {
  readonly name: 'kind' | 'single-node'
  /** What this machine lacks for it, in words that follow `needs`; empty when it can be made. */
  missing(): Promise<readonly string[]>
  /** Makes what the cluster consists of, which can take minutes the first time, with progress on stderr, and starts it. */
  up(): Promise<Cluster>
}
