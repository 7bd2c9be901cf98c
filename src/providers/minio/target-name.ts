import { createHash } from 'node:crypto'

/**
 * The name of a resource's target on MinIO: `s3audit-` and 16 hexadecimal digits. The same resource of the same Kubernetes
 * cluster always has the same one, and no two meet. MinIO takes letters, digits, `-` and `_` in names.
 */
export function minioTargetName(resource: {
  readonly installationId: string
  readonly namespace: string
  readonly name: string
}): string {
  const { installationId, namespace, name } = resource
  const digest = createHash('sha256')
    .update(JSON.stringify([installationId, namespace, name]))
    .digest('hex')
  return `s3audit-${digest.slice(0, 16)}`
}
