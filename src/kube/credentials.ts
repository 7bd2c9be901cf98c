import type { RequestOptions } from 'node:https'

import { type Cluster, KubeConfig } from '@kubernetes/client-node'

import { ApiUnreachableError } from './api-error.ts'

/** How we trust the server and prove ourselves in the TLS handshake; PEM texts. Undefined: Node's default. */
export interface TlsMaterial {
  readonly ca: string | undefined
  readonly cert: string | undefined
  readonly key: string | undefined
  readonly servername: string | undefined
  /** Absent, not undefined, for the default: Node would else not look at NODE_TLS_REJECT_UNAUTHORIZED. */
  readonly rejectUnauthorized?: boolean
}

export interface Credentials {
  /** Authorization and impersonation. Never to be logged. */
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsMaterial
  /** Which reading these come from; to be given to `renew`. */
  readonly generation: number
}

export interface CredentialSource {
  /** Base URL of the API server, without a slash at its end. */
  readonly server: string
  readonly proxyUrl: string | undefined
  /**
   * Reads files anew and runs the credential plugin when its token has expired. A token file is read once a minute.
   * @throws ApiUnreachableError with code CredentialsUnavailable.
   */
  read(): Promise<Credentials>
  /** The server refused these credentials: forget what is cached, unless that was done since they were read. */
  renew(refused: Credentials): void
}

/**
 * Credentials of the current context. Token files, client certificates, tokens, basic auth, OIDC and exec plugins are those of
 * client-node; authenticators added to `kubeConfig` by `addAuthenticator` are not taken over.
 * @throws RangeError when the kubeconfig has no current context or cluster.
 */
export function createCredentialSource(kubeConfig: KubeConfig): CredentialSource {
  const cluster = kubeConfig.getCurrentCluster()
  if (cluster === null) {
    const context: string | undefined = kubeConfig.getCurrentContext()
    const what = context ? `no cluster for its current context '${context}'` : 'no current context'
    throw new RangeError(`The kubeconfig names ${what}: set current-context`)
  }
  let generation = 0
  let current = copyOf(kubeConfig, cluster)
  /** Shared by those who ask at the same time, lest each starts a plugin. */
  let pending: Promise<Credentials> | undefined
  return {
    server: cluster.server.replace(/\/+$/, ''),
    proxyUrl: cluster.proxyUrl,
    read() {
      pending ??= readCredentials(current, generation).finally(() => (pending = undefined))
      return pending
    },
    renew(refused) {
      if (refused.generation !== generation) return
      generation++
      current = copyOf(kubeConfig, cluster)
      pending = undefined
    },
  }
}

/**
 * A copy has authenticators of its own, with empty caches: the only way to have client-node read a token before it thinks it old.
 * client-node refuses http:// servers unless told to skip verification, which means nothing there.
 */
function copyOf(kubeConfig: KubeConfig, cluster: Cluster): KubeConfig {
  const copy = new KubeConfig()
  const plain = cluster.server.startsWith('http:')
  copy.loadFromClusterAndUser(
    { ...cluster, skipTLSVerify: plain || cluster.skipTLSVerify },
    kubeConfig.getCurrentUser() ?? { name: 'anonymous' },
  )
  return copy
}

async function readCredentials(kubeConfig: KubeConfig, generation: number): Promise<Credentials> {
  const options: RequestOptions = {}
  try {
    await kubeConfig.applyToHTTPSOptions(options)
  } catch (error) {
    throw new ApiUnreachableError('CredentialsUnavailable', 'The credentials of the kubeconfig could not be read', {
      cause: error,
    })
  }
  const { ca, cert, key, servername, rejectUnauthorized } = options
  return {
    generation,
    headers: headersOf(options),
    tls: {
      ca: pemText(ca),
      cert: pemText(cert),
      key: pemText(key),
      servername,
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
  }
}

/** Token files often end in a line break, which no header may hold. */
function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value.trim()
  }
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  }
  return headers
}

function pemText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString() : undefined
}
