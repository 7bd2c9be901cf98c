import type { S3ClusterKind } from '../../api/s3-cluster.ts'

const prefixes: Readonly<Record<S3ClusterKind, RegExp>> = {
  WEKA: /^.*?\/api\/v2\//,
  MinIO: /^\/minio\/(?:admin\/v3\/)?/,
}

/**
 * What a request asks of the management API, in the API's own words: the path without what all of them have in common. The paths
 * are constants of the providers, so there are few.
 */
export function apiOperation(provider: S3ClusterKind, { pathname }: URL): string {
  return pathname.replace(prefixes[provider], '')
}
