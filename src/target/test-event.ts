export interface TestEventOptions {
  /** `namespace/name` of the resource that is tested. */
  readonly resource: string
  /** Finds this very event again. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Of the operator. */
  readonly version: string
}

/**
 * The marked event of level 3: a bare audit entry on one line, as WEKA and MinIO send it (MinIO's audit schema, version 1; WEKA's is
 * descended from it), so that what accepts this accepts the cluster's own. Analysts filter it by `trigger` or by
 * `tags["s3audit.probe"]`; a real request never has either.
 */
export function testEvent({ resource, id, now, version }: TestEventOptions): string {
  return JSON.stringify({
    version: '1',
    time: new Date(now).toISOString(),
    event: '',
    trigger: 'probe',
    api: { name: 'S3AuditProbe', status: 'OK', statusCode: 200, rx: 0, tx: 0 },
    requestID: id,
    userAgent: userAgent(version),
    tags: { 's3audit.probe': resource, 's3audit.probeId': id },
  })
}

/** How the operator names itself to targets, in headers and in events. */
export function userAgent(version: string): string {
  return `s3-audit-operator/${version}`
}
