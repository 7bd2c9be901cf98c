import { createHash } from 'node:crypto'

import type { TlsOptions } from '../api/tls.ts'
import { parseCaBundle } from '../net/ca-bundle.ts'
import type { TlsTrust } from '../net/http-client.ts'
import { ReadForbiddenError } from './read-forbidden-error.ts'
import type { ReferenceReader } from './references.ts'

/** What a `tls` block of a spec comes to. */
export type TrustInput =
  | { readonly state: 'Ready'; readonly trust: TlsTrust; readonly fingerprint: string }
  | { readonly state: 'Problem'; readonly reason: 'CAInvalid'; readonly message: string }

/**
 * Resolves a `tls` block of a resource in `namespace`. A reference that leads nowhere is a problem, never a silent
 * fall-back to the system's roots. @throws ApiError when the API server cannot be asked.
 */
export async function resolveTrust(
  tls: TlsOptions,
  namespace: string,
  reader: ReferenceReader,
  options: { readonly signal: AbortSignal },
): Promise<TrustInput> {
  const base = {
    verification: tls.verification,
    ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
  }
  const reference = tls.caCertificateRef
  if (reference === undefined) return { state: 'Ready', trust: base, fingerprint: JSON.stringify(base) }
  const { kind, name, key } = reference
  const where = `${kind} '${name}' in namespace '${namespace}'`
  const object = await reader.read(kind, { namespace, name }, options)
  if (object instanceof ReadForbiddenError) return problem(object.message)
  if (object === undefined)
    return problem(
      `${where} does not exist: create it with the CA certificate under key '${key}', or correct \`tls.caCertificateRef\`.`,
    )
  const value = object.data[key]
  if (value === undefined)
    return problem(
      `${where} has no key '${key}': add the CA certificate (PEM) under it, or set \`tls.caCertificateRef.key\`.`,
    )
  const bundle = parseCaBundle(Buffer.from(value).toString('utf8'))
  if ('problem' in bundle) return problem(`Key '${key}' of ${where} is no CA bundle: ${bundle.problem}`)
  return {
    state: 'Ready',
    trust: { ...base, caCertificate: bundle.pem },
    // Of what is trusted, not of the object: one that is touched and says the same changes nothing.
    fingerprint: JSON.stringify([base, createHash('sha256').update(bundle.pem).digest('base64')]),
  }
}

function problem(message: string): TrustInput {
  return { state: 'Problem', reason: 'CAInvalid', message }
}
