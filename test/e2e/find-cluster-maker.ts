import type { ClusterMaker } from './cluster.ts'

export type FoundMaker =
  | { readonly maker: ClusterMaker }
  /** What each way lacks on this machine: `kind: a Docker daemon`. */
  | { readonly missing: readonly string[] }

/** The first maker for which this machine has everything. */
export async function findClusterMaker(makers: readonly ClusterMaker[]): Promise<FoundMaker> {
  const missing: string[] = []
  for (const maker of makers) {
    const lacks = await maker.missing()
    if (lacks.length === 0) return { maker }
    missing.push(`${lacks.join(', ')} (${maker.name})`)
  }
  return { missing }
}
