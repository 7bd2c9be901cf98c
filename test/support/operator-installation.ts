import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { chartDirectory, helm } from '../helm/helm.ts'

/** What an installation of the operator puts into Kubernetes, as far as its rights are concerned. */
export interface OperatorInstallation {
  /** Service accounts, roles and bindings, with their namespaces. */
  readonly access: readonly Manifest[]
  /** Of the operator's pods. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string }
  /** Of the operator's container. */
  readonly args: readonly string[]
  /** Of the job that runs before the operator is removed; undefined when there is none. */
  readonly uninstall: Pick<OperatorInstallation, 'serviceAccount' | 'args'> | undefined
}

/** A manifest of any kind. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined }
}

const manifest: z.ZodType<Manifest> = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
const workload = z.object({
  metadata: z.object({ namespace: z.string() }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        serviceAccountName: z.string(),
        containers: z.tuple([z.object({ args: z.array(z.string()).default([]) })]),
      }),
    }),
  }),
})
const accessKinds = new Set(['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'])

/**
 * What a release of the chart comes to, by `helm template`.
 * @throws Error with what Helm says, or when there is no Deployment; ZodError when it has another shape.
 */
export async function renderInstallation(options: {
  readonly release: string
  readonly namespace: string
  readonly values: object
}): Promise<OperatorInstallation> {
  const { release, namespace, values } = options
  const args = ['template', release, chartDirectory, `--namespace=${namespace}`, '--values=-']
  const { code, stdout, stderr } = await helm(args, { input: JSON.stringify(values) })
  if (code !== 0) throw new Error(`helm template: ${stderr.trim()}`)
  const manifests = parseAllDocuments(stdout)
    .map((document) => document.toJS() as unknown)
    .filter((document) => document !== null && document !== undefined)
    .map((document) => manifest.parse(document))
  const deployment = manifests.find(({ kind }) => kind === 'Deployment')
  if (deployment === undefined) throw new Error('The chart renders no Deployment')
  const job = manifests.find(({ kind }) => kind === 'Job')
  return {
    access: manifests.filter(({ kind }) => accessKinds.has(kind)),
    ...workloadOf(deployment),
    uninstall: job === undefined ? undefined : workloadOf(job),
  }
}

function workloadOf(found: Manifest): Pick<OperatorInstallation, 'serviceAccount' | 'args'> {
  const { metadata, spec } = workload.parse(found)
  const { serviceAccountName, containers } = spec.template.spec
  return {
    serviceAccount: { namespace: metadata.namespace, name: serviceAccountName },
    args: containers[0].args,
  }
}
