import { z } from 'zod'

import type { Manifest } from './render-chart.ts'

/** What tests ask of a Deployment or Job with one container. */
export interface Workload {
  /** Undefined for a Job, which makes its own. */
  readonly selector: Readonly<Record<string, string>> | undefined
  readonly podLabels: Readonly<Record<string, string>>
  readonly serviceAccountName: string
  readonly terminationGracePeriodSeconds: number | undefined
  /** Labels that each spread constraint selects. */
  readonly spreads: readonly Readonly<Record<string, string>>[]
  readonly image: string
  readonly imagePullPolicy: string
  readonly args: readonly string[]
}

const labels = z.record(z.string(), z.string())
const selector = z.object({ matchLabels: labels })
const container = z.object({ image: z.string(), imagePullPolicy: z.string(), args: z.array(z.string()) })
const podSpec = z.object({
  serviceAccountName: z.string(),
  containers: z.tuple([container]),
  terminationGracePeriodSeconds: z.number().optional(),
  topologySpreadConstraints: z.array(z.object({ labelSelector: selector })).default([]),
})
const shape = z.object({
  kind: z.enum(['Deployment', 'Job']),
  spec: z.object({
    selector: selector.optional(),
    template: z.object({ metadata: z.object({ labels }), spec: podSpec }),
  }),
})

/** @throws ZodError when the manifest is no such thing. */
export function parseWorkload(manifest: Manifest): Workload {
  const { spec } = shape.parse(manifest)
  const pod = spec.template.spec
  return {
    selector: spec.selector?.matchLabels,
    podLabels: spec.template.metadata.labels,
    serviceAccountName: pod.serviceAccountName,
    terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds,
    spreads: pod.topologySpreadConstraints.map(({ labelSelector }) => labelSelector.matchLabels),
    ...pod.containers[0],
  }
}
