import { describe, expect, it } from 'vitest'

import { Secret } from '../../observability/secret.ts'
import type { DesiredWebhook, ObservedToken, ObservedWebhook } from '../../providers/provider.ts'
import { differences, hasDrifted, type TokenKnowledge } from './difference.ts'

const endpoint = 'https://hec.example.com/hook'
const authorization = new Secret('Splunk a')
const source = { name: 'token', uid: 'u', resourceVersion: '1' }

const desired: DesiredWebhook = { endpoint, enabled: true, authorization, settings: {} }
const shows = (token: ObservedToken, enabled = true): ObservedWebhook => ({
  state: 'Present',
  endpoint,
  enabled,
  token,
  settings: {},
  overrides: [],
})

describe('a token that the cluster does not show', () => {
  const inForce: TokenKnowledge = {
    inForce: { endpoint, authorization },
    applied: { endpoint, enabled: true, tokenSecret: source },
    source,
  }
  const afterRestart: TokenKnowledge = { ...inForce, inForce: undefined }
  const hidden: ObservedToken = { kind: 'Hidden' }
  const elsewhere: ObservedToken = { kind: 'Hidden', setElsewhere: true }
  const cases = [
    { name: 'is taken for the one applied', token: hidden, knowledge: inForce, want: [], drifted: false },
    { name: 'is taken for the one of its Secret', token: hidden, knowledge: afterRestart, want: [], drifted: false },
    {
      name: 'has drifted when somebody else set it',
      token: elsewhere,
      knowledge: inForce,
      want: ['token'],
      drifted: true,
    },
    { name: 'so too after a restart', token: elsewhere, knowledge: afterRestart, want: ['token'], drifted: true },
    {
      name: 'is no drift before anything was applied',
      token: elsewhere,
      knowledge: { inForce: undefined, applied: undefined, source },
      want: ['token'],
      drifted: false,
    },
  ]
  it.each(cases)('$name', ({ token, knowledge, want, drifted }) => {
    expect(differences(desired, shows(token), knowledge)).toEqual(want)
    expect(hasDrifted(shows(token), knowledge)).toBe(drifted)
  })

  it('does not matter while the webhook is to be off', () => {
    const off = shows(elsewhere, false)
    const applied: TokenKnowledge = { ...inForce, applied: { endpoint, enabled: false } }
    expect(differences({ ...desired, enabled: false }, off, applied)).toEqual([])
    expect(hasDrifted(off, applied)).toBe(false)
  })
})
