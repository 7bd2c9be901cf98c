import type { AuthScheme } from '../api/s3-audit-webhook.ts'
import { Secret } from '../observability/secret.ts'

/** A token fit for a header, or why it is none: a clause about "it", without any of its characters. */
export type NormalisedToken = { readonly token: Secret } | { readonly problem: string }

/** Longer values are no tokens, and no key file may be posted to a stranger. */
const maximumCharacters = 4_096

/**
 * Makes a token of what stands in a Secret: white space around it is what editors and `echo` leave behind, one layer of quotes
 * what shells and YAML do. Anything else that a header could not carry is refused.
 */
export function normaliseToken(value: Uint8Array | string): NormalisedToken {
  if (value.length > maximumCharacters) return { problem: 'it is larger than 4 KiB' }
  const text = unquoted(decoded(value).trim()).trim()
  if (text === '') return { problem: 'it is empty' }
  if (/[\r\n]/.test(text)) return { problem: 'it has several lines' }
  if (!/^[ -~]+$/.test(text)) return { problem: 'it has characters that no header can carry' }
  return { token: new Secret(text) }
}

/**
 * The whole `Authorization` value. A token that begins with the scheme word, in any case, keeps only the word as the scheme
 * spells it. `Verbatim` is the token as it is.
 */
export function buildAuthorization(options: { readonly scheme: AuthScheme; readonly token: Secret }): Secret {
  const { scheme, token } = options
  if (scheme === 'Verbatim') return token
  const value = token.reveal()
  const repeated = value.slice(0, scheme.length + 1).toLowerCase() === `${scheme} `.toLowerCase()
  return new Secret(`${scheme} ${repeated ? value.slice(scheme.length + 1).trimStart() : value}`)
}

function decoded(value: Uint8Array | string): string {
  // What is not UTF-8 becomes U+FFFD, which no header can carry.
  return typeof value === 'string' ? value : new TextDecoder().decode(value)
}

function unquoted(text: string): string {
  const [first, last] = [text.at(0), text.at(-1)]
  const quoted = text.length >= 2 && first === last && (first === '"' || first === "'")
  return quoted ? text.slice(1, -1) : text
}
