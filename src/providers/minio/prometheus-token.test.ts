import { expect, test } from 'vitest'

import { Secret } from '../../observability/secret.ts'
import { prometheusToken } from './prometheus-token.ts'

test('the token is the one that mc makes', () => {
  const token = prometheusToken({
    accessKey: 'minioadmin',
    secretKey: new Secret('minioadmin'),
    expiresAt: 4_102_444_800,
  })
  expect(token.reveal()).toBe(
    'eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.' +
      'eyJleHAiOjQxMDI0NDQ4MDAsInN1YiI6Im1pbmlvYWRtaW4iLCJpc3MiOiJwcm9tZXRoZXVzIn0.' +
      'nlCQdl7FB_GeFtDmtYRjQ_UlJYuXef6Pqcw-0-2ww2yc9SU2dGrj8CON91BcvXtFMulrvCyfYkRB4mRPs8CMMg',
  )
})
