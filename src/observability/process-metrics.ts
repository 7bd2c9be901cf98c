import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import type { Registry } from '@prometheus-io/client'

import { processMetricDefinitions as definitions } from './process-metric-definitions.ts'
import { registerCounter, registerGauge } from './register-metric.ts'

export interface ProcessMetrics extends Disposable {
  /** Brings counters up to date; to be called before the registry is read. */
  refresh(): void
}

const lagResolutionMilliseconds = 20

/**
 * Figures of the process in `registry`, until disposed. The library's own default metrics are not used: their timers and observers
 * can never be stopped, and they wake an idle process ten times a second.
 */
export function createProcessMetrics(registry: Registry): ProcessMetrics {
  const cpu = registerCounter(registry, definitions.cpu)
  registerGauge(registry, definitions.residentMemory, (gauge) => gauge.set(process.memoryUsage.rss()))
  registerGauge(registry, definitions.startTime).set(Math.floor(performance.timeOrigin / 1000))
  registerGauge(registry, definitions.openFiles, (gauge) => {
    const count = countOpenFiles()
    if (count !== undefined) gauge.set(count)
  })
  registerGauge(registry, definitions.heapUsed, (gauge) => gauge.set(process.memoryUsage().heapUsed))
  registerGauge(registry, definitions.heapTotal, (gauge) => gauge.set(process.memoryUsage().heapTotal))
  const delay = monitorEventLoopDelay({ resolution: lagResolutionMilliseconds })
  delay.enable()
  registerGauge(registry, definitions.eventLoopLag, (gauge) => {
    // Node counts from one look to the next, so that an idle loop shows the time between two.
    gauge.set(Math.max(delay.percentile(99) / 1e9 - lagResolutionMilliseconds / 1000, 0))
    delay.reset()
  })
  registerGauge(registry, definitions.nodeVersion).set({ version: process.version }, 1)

  let counted = 0
  return {
    refresh() {
      const { user, system } = process.cpuUsage()
      const seconds = (user + system) / 1e6
      cpu.inc(seconds - counted)
      counted = seconds
    },
    [Symbol.dispose]: () => void delay.disable(),
  }
}

function countOpenFiles(): number | undefined {
  try {
    // One of them reads the folder.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}
