import { expect, test } from 'vitest'

import { minioTargetName } from './target-name.ts'

const resource = { installationId: 'i', namespace: 'a', name: 'b' }

test('a resource always has the same name, which MinIO takes', () => {
  expect(minioTargetName(resource)).toBe(minioTargetName({ ...resource }))
  expect(minioTargetName(resource)).toMatch(/^s3audit-[0-9a-f]{16}$/)
})

test.each([
  { ...resource, installationId: 'j' },
  { ...resource, namespace: 'b' },
  { ...resource, name: 'a' },
  { installationId: 'i', namespace: 'ab', name: '' },
  { installationId: 'i","a', namespace: '', name: 'b' },
])('another resource has another one: %j', (other) => {
  expect(minioTargetName(other)).not.toBe(minioTargetName(resource))
})
