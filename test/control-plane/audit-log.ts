import { readFile, writeFile } from 'node:fs/promises'

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

/** All events so far; empty before the first request. A line that is still being written is left out. */
export async function readAuditLog(path: string): Promise<readonly ApiAuditEvent[]> {
  const log = await readFile(path, 'utf8').catch(() => '')
  return log
    .slice(0, log.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ApiAuditEvent)
}
