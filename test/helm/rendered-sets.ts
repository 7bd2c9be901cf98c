import { type Manifest, renderValueSets } from './render-chart.ts'
import { valueSets } from './value-sets.ts'

/** What the chart renders for all of `valueSets`. */
export interface RenderedSets {
  /** @throws Error when there is no such set. */
  of(set: string): readonly Manifest[]
  /** The one manifest of a kind, and of a name where that is given. @throws Error when there is none or another. */
  find(set: string, kind: string, name?: string): Manifest
}

/** The names of all sets. */
export const setNames: readonly string[] = Object.keys(valueSets)

/** @throws Error with what Helm says. */
export async function renderAllSets(): Promise<RenderedSets> {
  const rendered = await renderValueSets(valueSets)
  function of(set: string): readonly Manifest[] {
    const manifests = rendered.get(set)
    if (manifests === undefined) throw new Error(`There are no values "${set}"`)
    return manifests
  }
  return {
    of,
    find(set, kind, name) {
      const [found, other] = of(set).filter(
        (manifest) => manifest.kind === kind && (name ?? manifest.metadata.name) === manifest.metadata.name,
      )
      if (found === undefined || other !== undefined) {
        throw new Error(`The values "${set}" render no single ${kind} ${name ?? ''}`)
      }
      return found
    },
  }
}
