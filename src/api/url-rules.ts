import { onlyIf, patternRule, type ValidationRule } from './validation-rule.ts'

/** Longest URL that a resource takes, in characters. */
export const maximumUrlLength = 2048

const absolute = '^https?://'
const printable = String.raw`[!-\[\]-~]*$`
const wellFormed = absolute + printable

/** Go's parser, behind `isURL`, asks this; JavaScript's does not. */
const percentEncoded = /^(?:[^%]|%[0-9A-Fa-f]{2})*$/u

const userinfo = '(?:[^/?#]*@)?'
const host = String.raw`(?:\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]|[0-9A-Za-z](?:[-0-9A-Za-z._]*[0-9A-Za-z])?\.?)`
const port = '(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])'

/**
 * What both kinds ask of a URL, one rule per mistake; a text that keeps them all is taken by `new URL`.
 * Patterns stand in place of CEL's `url()` because the API server's cost estimate refuses map functions over queries.
 */
export const urlRules: readonly ValidationRule<string>[] = [
  patternRule('Matches', absolute, "must be an absolute URL that begins with 'https://' or 'http://'"),
  patternRule(
    'Matches',
    `^${printable}`,
    'must not contain blanks, backslashes, control characters or characters outside ASCII; percent-encode them',
  ),
  patternRule(
    'Matches',
    `^[^/]*//${userinfo}${host}(?::[^:/?#]*)?(?:[/?#]|$)`,
    'must have a host: a DNS name, an IPv4 address, or an IPv6 address in brackets',
    wellFormed,
  ),
  patternRule(
    'Matches',
    String.raw`^[^/]*//${userinfo}(?:\[[^\]/?#]*\]?|[^:\[/?#]*)(?::${port})?(?:[/?#]|$)`,
    'must have a port from 1 to 65535, or none',
    wellFormed,
  ),
  patternRule('Lacks', '^[^/]*//[^/?#]*@', 'must not carry a user name or password; use a Secret instead'),
  patternRule('Lacks', '#', "must not have a fragment ('#')"),
  onlyIf(wellFormed, {
    cel: 'isURL(self)',
    message: 'must be a valid URL; look at its address and its percent-encoding',
    holds: (text) => URL.canParse(text) && percentEncoded.test(text),
  }),
]

/** A token in the query would override the header and be written to every access log on the way. */
export const noTokenInQuery: ValidationRule<string> = patternRule(
  'Lacks',
  '[?&;][tT][oO][kK][eE][nN]=',
  "must not carry a token in its query ('token='); use `authTokenSecretRef` instead",
)

/** For the base of an API: paths are appended to it. */
export const noQuery: ValidationRule<string> = patternRule('Lacks', '[?]', "must not have a query ('?')")
