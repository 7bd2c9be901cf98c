import { startMinioHarness } from '../minio-harness.ts'
import type { ConformanceBackend } from '../provider-harness.ts'

const lacks: ConformanceBackend['lacks'] = {
  lockOut: 'MinIO has no lockout: a wrong key is refused each time, and a right one is taken at once.',
  upgradeHalf:
    'Nodes of different versions do not form a cluster: they compare the checksums of their programs, so that an upgrade stops ' +
    'and starts all of them, as if no node could be reached.',
}

export const backends: readonly ConformanceBackend[] = [
  {
    name: 'MinIO, one process',
    description: 'The real community server with one drive, behind two addresses, one of which can go away.',
    lacks,
    start: () => startMinioHarness({ nodes: 1 }),
  },
  {
    name: 'MinIO, four processes',
    description: 'The real community server as an erasure set of four; the node that goes away is killed (SIGKILL).',
    lacks,
    start: () => startMinioHarness({ nodes: 4 }),
  },
]
