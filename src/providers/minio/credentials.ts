import { Secret } from '../../observability/secret.ts'
import type { SigningCredentials } from './signature-v4.ts'

export type MinioCredentials = SigningCredentials

export type ParsedMinioCredentials =
  | { readonly credentials: MinioCredentials }
  | { readonly problem: { readonly reason: 'SecretKeyMissing'; readonly message: string } }

/**
 * Reads `accessKey`, `secretKey` and, for temporary credentials, `sessionToken` of a Secret. White space around values is
 * dropped. Messages are clauses about the Secret, for a caller that names it.
 */
export function parseMinioCredentials(secretData: Readonly<Record<string, Uint8Array>>): ParsedMinioCredentials {
  const value = (key: string): string => new TextDecoder().decode(secretData[key] ?? new Uint8Array()).trim()
  const missing = ['accessKey', 'secretKey'].find((key) => value(key) === '')
  if (missing !== undefined) {
    return {
      problem: {
        reason: 'SecretKeyMissing',
        message: `key '${missing}' is missing or empty; the keys 'accessKey' and 'secretKey' of an account with admin:ConfigUpdate, admin:ServerInfo and admin:Prometheus are needed.`,
      },
    }
  }
  const sessionToken = value('sessionToken')
  return {
    credentials: {
      accessKey: value('accessKey'),
      secretKey: new Secret(value('secretKey')),
      ...(sessionToken === '' ? {} : { sessionToken: new Secret(sessionToken) }),
    },
  }
}
