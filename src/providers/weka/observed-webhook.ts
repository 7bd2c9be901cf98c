import { Secret } from '../../observability/secret.ts'
import type { ObservedToken, ObservedWebhook } from '../provider.ts'
import type { WebhookAnswer } from './answers.ts'

/**
 * The webhook by the answer of `GET /s3/auditWebhook`. A new S3 cluster says `enabled: true` and has no endpoint: nothing is
 * configured, whatever the switch says.
 */
export function observedWebhook(answer: WebhookAnswer): ObservedWebhook {
  const endpoint = answer.endpoint?.trim() ?? ''
  if (endpoint === '') return { state: 'Absent' }
  return {
    state: 'Present',
    endpoint,
    enabled: answer.enabled,
    token: observedToken(answer.authToken ?? answer.auth_token ?? ''),
    settings: noSettings,
    overrides: noOverrides,
  }
}

type Present = Extract<ObservedWebhook, { readonly state: 'Present' }>

/** WEKA's webhooks have none. */
const noSettings: Present['settings'] = {}
const noOverrides: Present['overrides'] = []

/** What stands in place of a token that is not shown. */
const masked = /\*{3,}|\u2022{3,}|^[<[(]?(?:redacted|hidden|masked)[>\])]?$/i

/**
 * The CLI's examples put the token in `"` or `\"`, which the S3 servers take off again before they send it: it is the same token.
 */
function observedToken(shown: string): ObservedToken {
  const value = withoutQuotes(shown.trim())
  if (value === '') return { kind: 'None' }
  return masked.test(value) ? { kind: 'Hidden' } : { kind: 'Shown', value: new Secret(value) }
}

function withoutQuotes(text: string): string {
  for (const quote of ['\\"', '"']) {
    if (text.length >= 2 * quote.length && text.startsWith(quote) && text.endsWith(quote)) {
      return text.slice(quote.length, -quote.length).trim()
    }
  }
  return text
}
