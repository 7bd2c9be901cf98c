import { z } from 'zod'

import { int32 } from './scalars.ts'
import type { ShapeOf } from './schema-of.ts'
import { patternRule, withRules } from './validation-rule.ts'

export type ProbeMode = 'Enabled' | 'Disabled'

/** How the operator tests the target, defaults applied. */
export interface ProbeOptions {
  readonly mode: ProbeMode
  readonly periodSeconds: number
  /** Never more than `periodSeconds`. */
  readonly timeoutSeconds: number
  readonly failureThreshold: number
  readonly successThreshold: number
  /** 0: no periodic test events; else 60 or more. */
  readonly testEventPeriodSeconds: number
  /** Path, query included, that is asked by GET; only with target type HTTP. */
  readonly healthPath?: string
}

const testEventPeriodSeconds = withRules(int32(0, 86_400), [
  {
    cel: 'self == 0 || self >= 60',
    message: 'must be 0 or at least 60',
    holds: (seconds) => seconds === 0 || seconds >= 60,
  },
])

const healthPath = withRules(z.string().min(1).max(1024), [
  // A second slash or a backslash would make the text name another host when it is resolved against the endpoint.
  patternRule(
    'Matches',
    String.raw`^/(?:[!"$-.0-\[\]-~][!"$-\[\]-~]*)?$`,
    "must be a path that begins with one '/' and has no blanks, backslashes or fragment",
  ),
])

const probe = z.object({
  mode: z
    .enum(['Enabled', 'Disabled'])
    .default('Enabled')
    .describe(
      'Enabled: the operator tests the target. Disabled: it does not, because it has no route to it; then Ready says only what the S3 cluster says. Default: Enabled.',
    ),
  periodSeconds: int32(10, 3600)
    .default(30)
    .describe(
      'How often connection, TLS and health of the target are tested, in seconds. The token is tested about once a minute, or every period if that is longer. Default: 30.',
    ),
  timeoutSeconds: int32(1, 60)
    .default(5)
    .describe('How long one test may take, in seconds; at most `periodSeconds`. Default: 5.'),
  failureThreshold: int32(1, 10)
    .default(3)
    .describe('How many tests in a row must fail until the target counts as unreachable. Default: 3.'),
  successThreshold: int32(1, 10)
    .default(2)
    .describe('How many tests in a row must pass until the target counts as reachable again. Default: 2.'),
  testEventPeriodSeconds: testEventPeriodSeconds
    .default(3600)
    .describe(
      'How often a marked test event is sent the whole way into the target, in seconds: 60 to 86400. 0: only after a change, after an outage, and when the annotation s3audit.dev/test-requested-at asks for it. Default: 3600.',
    ),
  healthPath: healthPath
    .describe(
      "Path on the endpoint's host that answers GET with 2xx while the target is healthy. Only with target type HTTP. Default: none, health is not asked.",
    )
    .exactOptional(),
} satisfies ShapeOf<ProbeOptions>)

/** Schema of the `probe` block. */
export const probeBlock: z.ZodType<ProbeOptions> = withRules(probe, [
  {
    // The API server runs the rule over the block's own default too, and before the inner defaults are in it.
    cel: '!has(self.timeoutSeconds) || !has(self.periodSeconds) || self.timeoutSeconds <= self.periodSeconds',
    message: 'must not be greater than `periodSeconds`',
    holds: (options) => options.timeoutSeconds <= options.periodSeconds,
    fieldPath: '.timeoutSeconds',
  },
])
  .prefault({})
  .describe('How the operator tests the target.')
