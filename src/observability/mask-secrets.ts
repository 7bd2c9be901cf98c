const mask = '[redacted]'

/** A name that a secret may have as a field, header, query parameter or setting. */
const secretName = String.raw`(?:authorization|auth[-_]?token|token|password|passwd|secret[-_]?key|access[-_]?key|api[-_]?key|secret|cookie|signature|credentials?)`

/**
 * Names of fields whose values are not printed at all: the whole name, or its end, as in `auth_token` and `sessionToken`.
 * `accessKey` is the user half of a pair, but rarely wanted and better not shown.
 */
export function isSecretName(name: string): boolean {
  return wholeSecretName.test(name)
}

const wholeSecretName = new RegExp(`^[-_a-z0-9]{0,40}${secretName}$`, 'i')

/** What follows a scheme word in prose, as in "a Splunk HEC": the only text that is left there. */
const prose = String.raw`(?:HEC|HTTP|for|and|or|is|as|in|auth|authentication|authorization|scheme|token)(?![-\w])`

const shapes: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A header with its value, to the end of the line.
  [/\b((?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4})[^\r\n]+/gi, `$1${mask}`],
  [/\b((?:set-)?cookie["']?\s{0,4}:\s{0,4})[^\r\n]+/gi, `$1${mask}`],
  // `name=value` in queries and settings, `"name": "value"` in JSON.
  [
    new RegExp(
      String.raw`\b([-\w]{0,40}${secretName}["']?\s{0,4}=\s{0,4})(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|(?:(?:Splunk|Bearer|Basic)\s{1,4})?[^\s&#"',;]+)`,
      'gi',
    ),
    `$1${mask}`,
  ],
  // JSON within a text of JSON; where the value ends depends on the depth, so the rest of the line goes.
  [new RegExp(String.raw`(\\{1,8}"[-\w]{0,40}${secretName}\\{1,8}"\s{0,4}:\s{0,4})[^\r\n]+`, 'gi'), `$1${mask}`],
  [
    new RegExp(String.raw`(["'][-\w]{0,40}${secretName}["']\s{0,4}:\s{0,4})(?:"(?:[^"\\]|\\.)*"?|'[^']*'?)`, 'gi'),
    `$1"${mask}"`,
  ],
  [/\b([-\w]{0,40}(?:-token|-key|password|passwd)\s{0,4}:\s{0,4})\S+/gi, `$1${mask}`],
  // The value of an Authorization header: a scheme and what follows it.
  [new RegExp(String.raw`\b(Splunk|Bearer|Basic)\s{1,4}(?!${prose})\S+`, 'gi'), `$1 ${mask}`],
  // User and password before the host of a URL.
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#]*@/gi, `$1${mask}@`],
  // JSON Web Tokens and private keys, wherever they stand.
  [/\beyJ[-\w]{8,}\.[-\w]+(?:\.[-\w]*)?/g, mask],
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, mask],
]

/**
 * The text without what has the shape of a secret: values of Authorization headers, of query parameters and settings that are
 * named like secrets, user information in URLs, JSON Web Tokens, private keys. Takes time linear in the length of `text`.
 * A secret without such a shape is not known here: it must be held as a `Secret`.
 */
export function maskSecrets(text: string): string {
  return shapes.reduce((masked, [pattern, replacement]) => masked.replace(pattern, replacement), text)
}
