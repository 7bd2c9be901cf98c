import { describeConformance } from './describe-conformance.ts'
import { loadBackends } from './load-backends.ts'

for (const backend of await loadBackends()) describeConformance(backend)
