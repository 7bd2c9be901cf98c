import { expect, test } from 'vitest'

import { clusterPrefix, parseDelivery } from './delivery-metrics.ts'

const subject = { targetName: 't1', capacityEvents: 500 }

test('each server is told apart, and a target only by its own name', () => {
  const text = [
    'minio_cluster_webhook_online{name="audit-t1",server="n2:9000"} 0',
    'minio_cluster_webhook_failed_messages{name="audit-t1",server="n2:9000"} 4',
    'minio_cluster_webhook_online{name="audit-t1",server="n1:9000"} 1',
    'minio_cluster_webhook_queue_length{name="audit-t1",server="n1:9000"} 81',
    'minio_cluster_webhook_total_messages{name="audit-t1",server="n1:9000"} 172',
    'minio_cluster_webhook_online{name="audit-t11",server="n3:9000"} 1',
    'minio_cluster_webhook_online{name="t1",server="n3:9000"} 1',
    'minio_audit_target_queue_length{target_id="audit_http_1",server="n3:9000"} 7',
  ].join('\n')
  const zero = { queuedEvents: 0, failedAttempts: 0, handledMessages: 0, capacityEvents: 500 }
  expect(parseDelivery(text, clusterPrefix, subject)).toEqual([
    { ...zero, node: 'n1:9000', online: true, queuedEvents: 81, handledMessages: 172 },
    { ...zero, node: 'n2:9000', online: false, failedAttempts: 4 },
  ])
})

test('a target that is not there has no node, rather than nodes at zero', () => {
  expect(
    parseDelivery('minio_cluster_webhook_online{name="audit-t2",server="n1:9000"} 1', clusterPrefix, subject),
  ).toEqual([])
})
