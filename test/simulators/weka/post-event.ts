import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

import type { Clock } from '../../../src/kube/clock.ts'

/** Where events go, and with what. */
export interface PostTarget {
  readonly endpoint: string
  /** The whole `Authorization` value. */
  readonly authorization: string
  /** PEM that replaces the system's roots. */
  readonly caPem: string | undefined
}

/** Posts a body as the S3 server would. @returns the status; undefined when no answer came in time or the signal aborted. */
export function postEvent(
  target: PostTarget,
  body: string,
  options: { readonly clock: Clock; readonly timeoutMilliseconds: number; readonly signal: AbortSignal },
): Promise<number | undefined> {
  if (!URL.canParse(target.endpoint)) return Promise.resolve(undefined)
  const url = new URL(target.endpoint)
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send(
    url,
    {
      method: 'POST',
      agent: false,
      signal: options.signal,
      ...(target.caPem === undefined ? {} : { ca: target.caPem }),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'MinIO (linux; amd64)',
        authorization: target.authorization,
      },
    },
    (response) => {
      response.on('error', () => resolve(undefined))
      response.on('end', () => resolve(response.statusCode))
      response.resume()
    },
  )
  request.on('error', () => resolve(undefined))
  request.on('close', () => resolve(undefined))
  const timer = options.clock.timer(options.timeoutMilliseconds, () => request.destroy())
  request.end(body)
  return promise.finally(() => timer[Symbol.dispose]())
}
