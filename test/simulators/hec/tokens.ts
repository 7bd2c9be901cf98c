/** A token of the collector, as an administrator sets it up. */
export interface HecToken {
  readonly token: string
  readonly disabled?: boolean | undefined
  /** Answers carry an ackId, and a channel is required. */
  readonly useAck?: boolean | undefined
  /** Absent: any index. */
  readonly allowedIndexes?: readonly string[] | undefined
  /** The token may stand in the query. */
  readonly allowQueryStringAuth?: boolean | undefined
}

/** The token of a request, or the HEC code of what is wrong with its authorization. */
export function authorize(
  tokens: ReadonlyMap<string, HecToken>,
  authorization: string | undefined,
  query: URLSearchParams,
): HecToken | number {
  // The query wins over the header, even where it is not allowed.
  const fromQuery = query.get('token')
  if (fromQuery !== null) {
    const known = find(tokens, fromQuery)
    if (typeof known === 'number') return known
    return known.allowQueryStringAuth === true ? known : 16
  }
  if (authorization === undefined || authorization.trim() === '') return 2
  const value = tokenOf(authorization)
  return value === undefined ? 3 : find(tokens, value)
}

function find(tokens: ReadonlyMap<string, HecToken>, value: string): HecToken | number {
  const token = tokens.get(value)
  if (token === undefined) return 4
  return token.disabled === true ? 1 : token
}

/** `Splunk <token>`, or Basic with the token as password. */
function tokenOf(authorization: string): string | undefined {
  const [scheme, value, ...rest] = authorization.split(' ')
  if (value === undefined || value === '' || rest.length > 0) return undefined
  if (scheme === 'Splunk') return value
  if (scheme !== 'Basic') return undefined
  const [, password] = Buffer.from(value, 'base64').toString('utf8').split(':')
  return password
}
