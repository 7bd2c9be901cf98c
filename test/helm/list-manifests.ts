import type { Manifest } from './render-chart.ts'

/** Kind, namespace and name of each, sorted. */
export function listManifests(manifests: readonly Manifest[]): readonly string[] {
  return manifests
    .map(({ kind, metadata: { name, namespace } }) => [kind, namespace, name].filter(Boolean).join(' '))
    .sort()
}

/** Whether Helm makes it only while something else happens to the release. */
export function isHook({ metadata }: Manifest): boolean {
  return metadata.annotations['helm.sh/hook'] !== undefined
}
