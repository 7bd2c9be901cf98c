import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { z } from 'zod'

import type { Stage } from '../stage.ts'

/** An installed operator, found by what its pods are labelled with. */
export interface Installation {
  readonly release: string
  readonly namespace: string
  readonly deployment: string
}

export const podLabels = 'app.kubernetes.io/part-of=s3-audit-operator,app.kubernetes.io/component=operator'

const deployments = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()), namespace: z.string() }),
    }),
  ),
})

const pods = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        containerStatuses: z.array(z.object({ restartCount: z.int(), containerID: z.string().optional() })).default([]),
      }),
    }),
  ),
})

const lease = z.object({ spec: z.object({ holderIdentity: z.string().default('') }) })

/** The lines of a shell with which README.md installs the operator by its chart. @throws {Error} when it has none */
export async function installLines(): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```(?:sh|shell|bash)\n(.*?)^```/gms)].map(([, block = '']) => block)
  const lines = blocks.find((block) => /^helm (install|upgrade --install) /m.test(block))
  if (lines === undefined) throw new Error('README.md has no shell lines with `helm install`')
  return lines
}

/** The namespace that shell lines with Helm name. */
export function namespaceOf(lines: string): string {
  const namespace = /^helm .*?(?:--namespace|-n)[ =](\S+)/ms.exec(lines)?.[1]
  if (namespace === undefined) throw new Error(`No namespace is named in: ${lines}`)
  return namespace
}

/** One of the operator's pods. */
export interface OperatorPod {
  readonly name: string
  readonly ready: boolean
  readonly restarts: number
  /** Of its container, without the name of the runtime; undefined before that was started. */
  readonly containerId: string | undefined
}

export async function findInstallation(stage: Stage): Promise<Installation> {
  const found = deployments.parse(await stage.read('get', 'deployments', '--all-namespaces', `--selector=${podLabels}`))
  const [first, ...others] = found.items
  if (first === undefined || others.length > 0)
    throw new Error(`${found.items.length} operators are installed, not one`)
  const { name, namespace, labels } = first.metadata
  return { release: labels['app.kubernetes.io/instance'] ?? '', namespace, deployment: name }
}

/** The operator's pods that are not going. */
export async function operatorPods(stage: Stage, { namespace }: Installation): Promise<readonly OperatorPod[]> {
  const found = pods.parse(await stage.read('get', 'pods', '--namespace', namespace, `--selector=${podLabels}`))
  return found.items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, status }) => ({
      name: metadata.name,
      ready: status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
      restarts: status.containerStatuses.reduce((total, { restartCount }) => total + restartCount, 0),
      containerId: status.containerStatuses[0]?.containerID?.split('://')[1],
    }))
}

/** Who holds the Lease, one process of one pod: `<pod>_<unique>`; undefined when nobody does. */
export async function leaderIdentity(stage: Stage, { namespace }: Installation): Promise<string | undefined> {
  const { spec } = lease.parse(await stage.read('get', 'lease', 's3-audit-operator', '--namespace', namespace))
  return spec.holderIdentity === '' ? undefined : spec.holderIdentity
}

/** The pod that holds the Lease; undefined when nobody does. */
export async function leaderPod(stage: Stage, installation: Installation): Promise<string | undefined> {
  return (await leaderIdentity(stage, installation))?.split('_', 1)[0]
}

export async function untilRolledOut({ narrator }: Stage, { namespace, deployment }: Installation): Promise<void> {
  await narrator.kubectl(['rollout', 'status', `deployment/${deployment}`, '--namespace', namespace, '--timeout=120s'])
}
