/** What a backend sends back. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export function jsonReply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  }
}

/** The envelope of every success. */
export function dataReply(data: unknown): Reply {
  return jsonReply(200, { data })
}

export const unauthorized: Reply = jsonReply(401, { data: 'Unauthorized' })
export const forbidden: Reply = jsonReply(403, { data: 'Forbidden' })

/** The common 400; every part of `data` is optional. */
export function badRequest(
  message: string,
  data?: { readonly missing_params?: readonly string[]; readonly param?: string; readonly error?: string },
): Reply {
  return jsonReply(400, { message, ...(data === undefined ? {} : { data }) })
}

export function notFound(message: string): Reply {
  return jsonReply(404, { message })
}

/** What a proxy or a web page at the wrong address answers. */
export function htmlReply(status: number): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: '<!doctype html><html><head><title>Welcome</title></head><body>Nothing to see here</body></html>',
  }
}
