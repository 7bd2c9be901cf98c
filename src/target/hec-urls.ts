/** Which of the collector's protocols an endpoint speaks; `other`: a look-alike with paths of its own. */
export type HecEndpointKind = 'raw' | 'event' | 'other'

export interface HecUrls {
  readonly kind: HecEndpointKind
  /** Where to ask for health: first with the version, then, for look-alikes that do not know it, without. */
  readonly health: readonly [URL, URL]
}

/** Greedy: a prefix may hold the collector's own path, and the last one counts. */
const collectorPath = /^(?<prefix>.*)\/services\/collector(?<rest>\/.*)?$/

/**
 * Reads an endpoint such as `https://host/prefix/services/collector/raw?index=audit`. Health is asked below the same prefix; the
 * endpoint's query is not carried over.
 */
export function hecUrls(endpoint: URL): HecUrls {
  const match = collectorPath.exec(endpoint.pathname.replace(/\/+$/, ''))
  const prefix = match?.groups?.['prefix'] ?? ''
  const health = (suffix: string): URL => new URL(endpoint.origin + prefix + '/services/collector/health' + suffix)
  return {
    kind: match === null ? 'other' : kindOf(match.groups?.['rest'] ?? ''),
    health: [health('/1.0'), health('')],
  }
}

function kindOf(rest: string): HecEndpointKind {
  if (rest === '/raw' || rest === '/raw/1.0') return 'raw'
  return rest === '' || rest === '/event' || rest === '/event/1.0' ? 'event' : 'other'
}
