import { z } from 'zod'

import { int32 } from './scalars.ts'
import type { ShapeOf } from './schema-of.ts'

/** Settings of a MinIO audit webhook beside endpoint and token. What is absent has the server's own default. */
export interface MinioOptions {
  readonly queueSize?: number
  readonly queueDir?: string
  readonly batchSize?: number
  readonly maxRetries?: number
  readonly retryIntervalSeconds?: number
  readonly requestTimeoutSeconds?: number
}

const effect = 'Taken out again: the server goes back to its default'

/** Schema of the `minio` block. It has no default, for it may stand only on a webhook of a MinIO cluster. */
export const minioBlock: z.ZodType<MinioOptions> = z
  .object({
    queueSize: int32(1, 10_000_000)
      .describe(`How many events each node keeps while the target is away. ${effect}, 100000.`)
      .exactOptional(),
    queueDir: z
      .string()
      .max(1024)
      .regex(/^\/[!#-~]*$/u, 'must be an absolute path without blanks or double quotes')
      .describe(
        `Directory on each node where waiting events are kept, so that they outlive a restart. It must exist on every node and be writable for the server: MinIO crashes when it is told one that it cannot create. A change drops what waits in the old place. ${effect}, memory only.`,
      )
      .exactOptional(),
    batchSize: int32(1, 10_000)
      .describe(`How many events are sent in one request, one per line when more than one. ${effect}, 1.`)
      .exactOptional(),
    maxRetries: int32(0, 1000)
      .describe(
        `How often a failed request is repeated until its events are thrown away; 0: without end. ${effect}, 0.`,
      )
      .exactOptional(),
    retryIntervalSeconds: int32(1, 60)
      .describe(`How long the server waits before it repeats a failed request, in seconds. ${effect}, 3.`)
      .exactOptional(),
    requestTimeoutSeconds: int32(1, 300)
      .describe(`How long the server waits for the target's answer, in seconds. ${effect}, 5.`)
      .exactOptional(),
  } satisfies ShapeOf<MinioOptions>)
  .describe('Settings that only MinIO has; not allowed on other clusters. Default: those of the server.')
