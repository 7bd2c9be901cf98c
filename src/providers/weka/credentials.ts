import { Secret } from '../../observability/secret.ts'

/** An account of the cluster. Without an organization the cluster takes `Root`; here it is always named. */
export interface WekaCredentials {
  readonly username: string
  readonly password: Secret
  readonly organization: string
}

export type ParsedWekaCredentials =
  | {
      readonly endpoints: readonly URL[]
      readonly credentials: WekaCredentials
      /** PEM as stored, unchecked. */
      readonly caCertificate: string | undefined
    }
  | {
      readonly problem: {
        readonly reason: 'SecretKeyMissing' | 'EndpointMissing' | 'InvalidSpec'
        readonly message: string
      }
    }

const defaultPort = '14000'
const maximumEndpoints = 16

/**
 * Reads a Secret in the shape of WEKA's CSI driver: `username`, `password`, `organization` (or `org`; default Root), and
 * `endpoints` (`host[:port]` separated by commas or line breaks, default port 14000) with `scheme` (default https) and
 * `caCertificate`. White space around values is dropped. Endpoints of the spec take precedence over those of the Secret.
 * Messages are clauses about the Secret, for a caller that names it.
 */
export function parseWekaCredentials(
  secretData: Readonly<Record<string, Uint8Array>>,
  specEndpoints: readonly string[],
): ParsedWekaCredentials {
  const value = (key: string): string => new TextDecoder().decode(secretData[key] ?? new Uint8Array()).trim()
  const missing = ['username', 'password'].find((key) => value(key) === '')
  if (missing !== undefined) {
    return {
      problem: {
        reason: 'SecretKeyMissing',
        message: `key '${missing}' is missing or empty; the keys 'username' and 'password' of a ClusterAdmin are needed.`,
      },
    }
  }
  const endpoints =
    specEndpoints.length > 0 ? specEndpoints.map(withDefaultPort) : secretEndpoints(value('endpoints'), value('scheme'))
  if ('problem' in endpoints) return endpoints
  const caCertificate = value('caCertificate')
  return {
    endpoints,
    credentials: {
      username: value('username'),
      password: new Secret(value('password')),
      organization: value('organization') || value('org') || 'Root',
    },
    caCertificate: caCertificate === '' ? undefined : caCertificate,
  }
}

type EndpointProblem = Extract<ParsedWekaCredentials, { problem: unknown }>

function secretEndpoints(list: string, schemeValue: string): readonly URL[] | EndpointProblem {
  const entries = list
    .split(/[,\r\n]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  if (entries.length === 0) {
    return {
      problem: {
        reason: 'EndpointMissing',
        message:
          "it has no key 'endpoints': add it, or set `spec.endpoints`, such as 'https://weka.example.com:14000'.",
      },
    }
  }
  const scheme = schemeValue.toLowerCase() || 'https'
  if (scheme !== 'https' && scheme !== 'http') {
    return { problem: { reason: 'InvalidSpec', message: "key 'scheme' must be 'https' or 'http'." } }
  }
  if (entries.length > maximumEndpoints) {
    return {
      problem: { reason: 'InvalidSpec', message: `key 'endpoints' must hold at most ${maximumEndpoints} entries.` },
    }
  }
  const urls: URL[] = []
  for (const [index, entry] of entries.entries()) {
    const url = parseEndpoint(entry, scheme)
    if (url === undefined) {
      return {
        problem: {
          reason: 'InvalidSpec',
          message: `entry ${index + 1} of key 'endpoints' must be <host> or <host>:<port>.`,
        },
      }
    }
    urls.push(url)
  }
  return urls
}

/** The CSI driver knows host and port only; a scheme in front is taken too, for people write it. */
function parseEndpoint(entry: string, scheme: string): URL | undefined {
  const text = /^https?:\/\//i.test(entry) ? entry : `${scheme}://${entry}`
  if (!/^https?:\/\/[^/?#@\\\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined
  return withDefaultPort(text)
}

/** A port that is written out stays, even the scheme's own, which the URL alone would not show. */
function withDefaultPort(text: string): URL {
  const url = new URL(text)
  const writtenOut = /^https?:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(text)
  if (!writtenOut) url.port = defaultPort
  return url
}
