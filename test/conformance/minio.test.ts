import { startMinioHarness } from './minio-harness.ts'
import { describeProvider } from './provider-suite.ts'

describeProvider('MinIO', startMinioHarness)
