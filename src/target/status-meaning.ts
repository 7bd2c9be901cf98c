import type { Answer } from './answer.ts'
import type { Meaning } from './hec-codes.ts'

/**
 * What a status outside 2xx means without anything else to go by (RFC 9110 15, RFC 6585). Undefined for 2xx, and for those 4xx
 * that only the question asked can explain.
 */
export function statusMeaning({ status }: Pick<Answer, 'status'>): Meaning | undefined {
  if (status >= 300 && status < 400) {
    return misconfigured('Redirected', 'redirects, which S3 clusters must not follow: use the URL it leads to')
  }
  switch (status) {
    case 401:
    case 403:
    case 407:
    case 511:
      return misconfigured('AuthenticationRefused', 'refuses the authorization: look at the token and at `authScheme`')
    case 404:
    case 405:
    case 410:
      return misconfigured('WrongPath', 'has nothing at this path: correct the endpoint')
    case 408:
      return transient('ResponseTimeout', 'gave up waiting for the request')
    case 413:
      return {
        class: 'rejected',
        reason: 'PayloadTooLarge',
        text: 'finds even a test event too large: raise its limit',
      }
    case 429:
      return transient('Throttled', 'throttles')
    case 503:
      return transient('ServerBusy', 'is busy or away')
    default:
      return status >= 500 || status < 200
        ? transient('ServerError', 'has an error, or a proxy before it has')
        : undefined
  }
}

function misconfigured(reason: Meaning['reason'], text: string): Meaning {
  return { class: 'misconfigured', reason, text }
}

function transient(reason: Meaning['reason'], text: string): Meaning {
  return { class: 'transient', reason, text }
}
