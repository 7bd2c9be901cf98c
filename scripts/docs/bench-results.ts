import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { z } from 'zod'

import type { ContainmentResult } from '../../bench/containment/containment-result.ts'
import type { SchedulerResult } from '../../bench/scheduler/scheduler-result.ts'
import type { SoakResult } from '../../bench/soak/soak-result.ts'

/** What the page on sizing tells of the recorded benchmarks; undefined: not recorded. */
export interface BenchResults {
  readonly soak: Soak | undefined
  readonly scheduler: Scheduler | undefined
  readonly containment: Containment | undefined
}

interface Soak extends Pick<SoakResult, 'webhooks' | 'quietSeconds' | 'resumeSeconds' | 'cpu'> {
  readonly probe: { readonly periodSeconds: number }
  readonly writes: Pick<SoakResult['writes'], 'lease' | 'lastTest' | 'others'>
  readonly rssBytes: Pick<SoakResult['rssBytes'], 'highest'>
  readonly connections: Pick<SoakResult['connections'], 'mostOpen'>
  readonly scrapes: Pick<SoakResult['scrapes'], 'bytes' | 'seconds' | 'highestRssBytes'>
}

interface Scheduler extends Pick<SchedulerResult, 'targets' | 'periodSeconds' | 'cpu'> {
  readonly lagMilliseconds: Pick<SchedulerResult['lagMilliseconds'], 'p99' | 'highest'>
}

interface Containment extends Pick<ContainmentResult, 'clusters' | 'hanging'> {
  readonly start: Contained
  readonly change: Contained
}

interface Contained {
  /** Seconds, by round. */
  readonly with: readonly { readonly all: number }[]
  readonly ratio: { readonly all: number }
}

const soak: z.ZodType<Soak> = z.object({
  webhooks: z.number(),
  probe: z.object({ periodSeconds: z.number() }),
  quietSeconds: z.number(),
  resumeSeconds: z.number(),
  writes: z.object({ lease: z.number(), lastTest: z.number(), others: z.number() }),
  rssBytes: z.object({ highest: z.number() }),
  connections: z.object({ mostOpen: z.number() }),
  scrapes: z.object({ bytes: z.number(), seconds: z.array(z.number()).min(1), highestRssBytes: z.number() }),
  cpu: z.number(),
})

const scheduler: z.ZodType<Scheduler> = z.object({
  targets: z.number(),
  periodSeconds: z.number(),
  lagMilliseconds: z.object({ p99: z.number(), highest: z.number() }),
  cpu: z.number(),
})

const contained: z.ZodType<Contained> = z.object({
  with: z.array(z.object({ all: z.number() })).min(1),
  ratio: z.object({ all: z.number() }),
})
const containment: z.ZodType<Containment> = z.object({
  clusters: z.number(),
  hanging: z.number(),
  start: contained,
  change: contained,
})

/** Of `bench/results` below `root`. @throws z.ZodError when a file there has not what the page tells. */
export function readBenchResults(root: string): BenchResults {
  const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const path = join(root, 'bench/results', `${name}.json`)
    return existsSync(path) ? schema.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined
  }
  return {
    soak: read('soak', soak),
    scheduler: read('scheduler', scheduler),
    containment: read('containment', containment),
  }
}
