import { existsSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'

import { stringify } from 'yaml'

/** What a test can want to know of a request that the API server answered. */
export interface ApiAuditEvent {
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly userAgent?: string
  /** Absent for requests that concern no resource. */
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly resource: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code: number }
  /** `authorization.k8s.io/decision`: `allow` or `forbid`. */
  readonly annotations?: Readonly<Record<string, string>>
  readonly stageTimestamp: string
}

/** Writes a policy that records each request once, when it is answered, without bodies. */
export async function writeAuditPolicy(path: string): Promise<void> {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived', 'ResponseStarted'],
    rules: [{ level: 'Metadata' }],
  }
  await writeFile(path, stringify(policy))
}

/**
 * Follows the log of the API server: each call gives all events so far, and reads only what is new. Empty before the first request.
 * A line that is still being written is left for the next call.
 */
export function createAuditLogReader(path: string): () => Promise<readonly ApiAuditEvent[]> {
  const events: ApiAuditEvent[] = []
  let position = 0
  let reading: Promise<void> = Promise.resolve()

  async function readOn(): Promise<void> {
    if (!existsSync(path)) return
    await using log = await open(path)
    const { size } = await log.stat()
    const { buffer } = await log.read({ buffer: Buffer.alloc(size - position), position })
    const whole = buffer.subarray(0, buffer.lastIndexOf('\n') + 1)
    position += whole.length
    for (const line of whole.toString('utf8').split('\n'))
      if (line !== '') events.push(JSON.parse(line) as ApiAuditEvent)
  }

  return async () => {
    reading = reading.then(readOn)
    await reading
    return [...events]
  }
}
