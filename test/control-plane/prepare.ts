import { findResourceHealth } from '../gitops/find-resource-health.ts'
import { findHelm } from '../helm/find-helm.ts'
import { findMonitoringDefinitions } from '../helm/find-monitoring-definitions.ts'
import { findKubeScore } from '../kube-score/find-kube-score.ts'
import { findOtelCollector } from '../otel-collector/find-otel-collector.ts'
import { findPromtool } from '../promtool/find-promtool.ts'
import { findControlPlaneBinaries } from './binaries.ts'
import { findMinioBinaries } from './minio-binaries.ts'

// Makes all programs that tests and demo start, ahead of them, so that no time-out counts a build.

try {
  await findControlPlaneBinaries({ controllerManager: true })
  await findMinioBinaries()
  await findPromtool()
  await findOtelCollector()
  await findResourceHealth()
  await findHelm()
  await findKubeScore()
  await findMonitoringDefinitions()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
