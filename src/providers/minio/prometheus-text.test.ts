import { expect, test } from 'vitest'

import { parseSamples } from './prometheus-text.ts'

test('series of the prefix are read with labels and values', () => {
  const text = [
    '# HELP minio_cluster_webhook_online Is the webhook online?',
    '# TYPE minio_cluster_webhook_online gauge',
    'minio_cluster_webhook_online{endpoint="http://h/x?a=\\"b\\"",name="audit-t1",server="n1:9000"} 1',
    'minio_cluster_webhook_queue_length{name="audit-t1",server="n1:9000"} 1.2e+01 1700000000000',
    'minio_other{a="b"} 5',
    'minio_cluster_webhook_broken{name="x"} notanumber',
  ].join('\n')
  expect(parseSamples(text, 'minio_cluster_webhook_')).toEqual([
    {
      name: 'minio_cluster_webhook_online',
      labels: { endpoint: 'http://h/x?a="b"', name: 'audit-t1', server: 'n1:9000' },
      value: 1,
    },
    { name: 'minio_cluster_webhook_queue_length', labels: { name: 'audit-t1', server: 'n1:9000' }, value: 12 },
  ])
})

test('an answer that is no exposition gives no series', () => {
  expect(parseSamples('<html>minio_cluster_webhook_online 1</html>', 'minio_cluster_webhook_')).toEqual([])
})
