import type { ContainmentResult } from '../containment/containment-result.ts'
import { containmentSection } from '../containment/containment-section.ts'
import type { RuntimeResult } from '../runtime/runtime-result.ts'
import { runtimeSection } from '../runtime/runtime-section.ts'
import type { SchedulerResult } from '../scheduler/scheduler-result.ts'
import { schedulerSection } from '../scheduler/scheduler-section.ts'
import type { SoakResult } from '../soak/soak-result.ts'
import { soakSection } from '../soak/soak-section.ts'

/** All results that are recorded. */
export interface Results {
  readonly runtime: RuntimeResult | undefined
  readonly soak: SoakResult | undefined
  readonly containment: ContainmentResult | undefined
  readonly scheduler: SchedulerResult | undefined
}

export type ResultName = keyof Results

/** The page `bench/results/README.md`. */
export function resultsPage({ runtime, soak, containment, scheduler }: Results): string {
  return [
    '# Results\n',
    'Written by `npm run bench`; [docs/benchmarks.md](../../docs/benchmarks.md) tells what is measured and how to read it.\n',
    ...(runtime === undefined ? [] : [runtimeSection(runtime)]),
    ...(soak === undefined ? [] : [soakSection(soak)]),
    ...(containment === undefined ? [] : [containmentSection(containment)]),
    ...(scheduler === undefined ? [] : [schedulerSection(scheduler)]),
  ].join('\n')
}
