import { expect, test } from 'vitest'

import type { S3ClusterKind } from '../../api/s3-cluster.ts'
import { apiOperation } from './api-operation.ts'

const cases: readonly { readonly provider: S3ClusterKind; readonly url: string; readonly want: string }[] = [
  { provider: 'WEKA', url: 'https://weka:14000/api/v2/login', want: 'login' },
  { provider: 'WEKA', url: 'https://proxy/weka/api/v2/s3/auditWebhook/enable', want: 's3/auditWebhook/enable' },
  { provider: 'WEKA', url: 'https://weka:14000/api/v2/events?type_list=a', want: 'events' },
  { provider: 'MinIO', url: 'https://minio/minio/admin/v3/set-config-kv', want: 'set-config-kv' },
  { provider: 'MinIO', url: 'https://minio/minio/admin/v3/help-config-kv?subSys=x', want: 'help-config-kv' },
  { provider: 'MinIO', url: 'https://minio/minio/v2/metrics/cluster', want: 'v2/metrics/cluster' },
]

test.each(cases)('$provider: $want', ({ provider, url, want }) => {
  expect(apiOperation(provider, new URL(url))).toBe(want)
})
