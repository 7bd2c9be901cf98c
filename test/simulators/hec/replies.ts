/** What the collector sends back. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** HEC code, when there is one: for the counters. */
  readonly code?: number
}

/** Splunk's table of HEC answers: code, HTTP status, text. The texts of 24 to 27 are not Splunk's exact ones. */
const table: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  15: [400, 'Error in handling indexed fields'],
  16: [400, 'Query string authorization is not enabled'],
  17: [200, 'HEC is healthy'],
  18: [503, 'HEC is unhealthy, queues are full'],
  19: [503, 'HEC is unhealthy, ack service unavailable'],
  20: [503, 'HEC is unhealthy, queues are full, ack service unavailable'],
  21: [400, 'Invalid token'],
  22: [400, 'Token disabled'],
  23: [503, 'Server is shutting down'],
  24: [200, 'HEC queue is approaching capacity'],
  25: [200, 'HEC ack is approaching capacity'],
  26: [429, 'HEC queue is at capacity'],
  27: [429, 'HEC ack is at capacity'],
}

/** Codes that the collector knows. */
export const hecCodes: readonly number[] = Object.keys(table).map(Number)

/**
 * The answer with a HEC envelope.
 * @throws RangeError when the code is not in the table.
 */
export function hecReply(
  code: number,
  extra: { fields?: Readonly<Record<string, unknown>>; retryAfterSeconds?: number } = {},
): Reply {
  const row = table[code]
  if (row === undefined) throw new RangeError(`HEC has no code ${code}`)
  const [status, text] = row
  return {
    ...jsonReply(status, { text, code, ...extra.fields }),
    code,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      ...(extra.retryAfterSeconds === undefined ? {} : { 'retry-after': String(extra.retryAfterSeconds) }),
    },
  }
}

/** Any JSON, without meaning to HEC. */
export function jsonReply(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify(body) }
}

/** What a login page of a proxy or of Splunk Web looks like. */
export function htmlReply(status: number): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8' },
    body: '<!doctype html><html><head><title>Sign in</title></head><body><form method="post">Sign in</form></body></html>',
  }
}

export function redirectReply(location: string): Reply {
  return { status: 302, headers: { location, 'content-type': 'text/plain' }, body: 'Found' }
}

/** An answer of a bare server, in plain text. */
export function plainReply(status: number): Reply {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${status}` }
}
