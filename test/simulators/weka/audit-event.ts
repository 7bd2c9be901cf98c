import type { Clock } from '../../../src/kube/clock.ts'
import type { WekaContainer, WekaState } from './state.ts'

/** One call of the S3 API, as far as the audit event shows it. */
export interface S3Request {
  /** Operation, such as `PutObject`. @default GetObject */
  readonly name?: string | undefined
  /** @default bucket-a */
  readonly bucket?: string | undefined
  /** Left out of the event for operations on buckets. */
  readonly object?: string | undefined
  /** @default 200 */
  readonly statusCode?: number | undefined
  readonly userAgent?: string | undefined
}

/** The event that the server makes of a call, in the shape of the 4.4 documentation (`auditVersion` 1.weka). */
export function auditEvent(
  request: S3Request,
  options: {
    readonly state: WekaState
    readonly server: WekaContainer
    readonly clock: Clock
    readonly number: number
  },
): object {
  const { state, server, clock, number } = options
  const { name = 'GetObject', bucket = 'bucket-a', object, statusCode = 200, userAgent = 'aws-cli/2.0' } = request
  return {
    api: {
      bucket,
      name,
      ...(object === undefined ? {} : { object }),
      status: statusCode < 400 ? 'OK' : 'Error',
      statusCode,
      timeToResponse: '10000000ns',
    },
    auditVersion: '1.weka',
    deploymentid: '00000000-0000-4000-8000-000000000001',
    remotehost: '192.0.2.10',
    requestHeader: { Authorization: 'AWS4-HMAC-SHA256 Credential=EXAMPLE', 'User-Agent': userAgent },
    requestID: number.toString(16).toUpperCase().padStart(16, '0'),
    responseHeader: { 'Content-Length': '0', Server: 'S3' },
    time: new Date(clock.now()).toISOString().replace('Z', '000001Z'),
    userAgent,
    wekaInfo: {
      clusterGUID: state.cluster.guid,
      clusterName: state.cluster.name,
      release: state.cluster.release,
      serverIP: server.ip,
      serverName: server.hostname,
      version: state.cluster.release.split('.').slice(0, 3).join('.'),
    },
  }
}
