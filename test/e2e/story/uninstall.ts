import { restricted } from '../simulators/manifests.ts'
import type { Simulators } from '../simulators/simulators.ts'
import type { Stage } from '../stage.ts'
import { findInstallation, type Installation, installLines, untilRolledOut } from './installation.ts'
import { resourceNamespace, untilReady, webhookName } from './resources.ts'

const definitions = ['s3auditwebhooks.s3audit.dev', 's3clusters.s3audit.dev'] as const

/** Kinds of which the chart makes something. */
const kinds = [
  'deployments',
  'jobs',
  'pods',
  'services',
  'serviceaccounts',
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
  'networkpolicies',
  'poddisruptionbudgets',
  'configmaps',
] as const

/** Uninstalls with the resources in place, works on in one namespace only, deletes, and leaves nothing. */
export async function walkUninstall(
  stage: Stage,
  { installation, simulators }: { readonly installation: Installation; readonly simulators: Simulators },
): Promise<void> {
  const { step, say, check, kubectl, eventually } = stage.narrator
  const { weka } = simulators

  step('helm uninstall leaves definitions, resources and the webhook, and takes the finalizers off')
  await stage.shell(uninstallLine(installation))
  await checkNothingLeft(stage, installation)
  await kubectl(['get', 's3clusters,s3auditwebhooks', '-n', resourceNamespace])
  for (const resource of ['s3cluster/weka', `s3auditwebhook/${webhookName}`]) {
    const finalizers = await stage.narrator.quiet([
      'get',
      resource,
      '-n',
      resourceNamespace,
      '-o',
      'jsonpath={.metadata.finalizers}',
    ])
    check(`${resource} has no finalizer`, finalizers === '')
  }
  check('the webhook works on', (await weka.webhook()).enabled)
  say('The Lease of the operator stays in its namespace, and goes with it:')
  await kubectl(['get', 'leases', '--namespace', installation.namespace])

  step('The operator works in one namespace, with rights for this one alone')
  const namespaced: Installation = {
    release: 'audit',
    namespace: 'audit-operator',
    deployment: 'audit-s3-audit-operator',
  }
  await stage.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespaced.namespace, labels: restricted },
  })
  const values = `--set rbac.mode=namespaced --set 'watchNamespaces={${resourceNamespace}}' --set crds.enabled=false`
  await stage.shell(
    `helm install ${namespaced.release} charts/s3-audit-operator --namespace ${namespaced.namespace} ${values}`,
  )
  await untilRolledOut(stage, await findInstallation(stage))
  const enables = await weka.enables()
  await weka.command('webhook', { endpoint: 'https://elsewhere.example.com/hook' })
  await kubectl([
    'annotate',
    's3auditwebhook',
    webhookName,
    '-n',
    resourceNamespace,
    '--overwrite',
    `s3audit.dev/reconcile-requested-at=${new Date().toISOString()}`,
  ])
  await eventually('it repairs a change made by hand', async () =>
    (await weka.webhook()).endpoint === simulators.hec.endpoint ? true : undefined,
  )
  await untilReady(stage)
  check('with one call', (await weka.enables()) === enables + 1)
  const user = `--as=system:serviceaccount:${namespaced.namespace}:${namespaced.deployment}`
  const may = async (namespace: string): Promise<string> => {
    const { stdout } = await stage.cluster.kubectl(['auth', 'can-i', 'get', 'secrets', '-n', namespace, user])
    return stdout.trim()
  }
  check(`it may read Secrets of ${resourceNamespace}`, (await may(resourceNamespace)) === 'yes')
  check('and those of no other namespace', (await may('default')) === 'no')

  step('Deletion cleans up')
  await kubectl(['delete', 's3auditwebhooks', '--all', '-n', resourceNamespace, '--timeout=60s'])
  check("WEKA's webhook is off", !(await weka.webhook()).enabled)
  const settings = await simulators.minio.mc('admin', 'config', 'get', 'local', 'audit_webhook')
  check("MinIO's target is gone", !settings.includes('s3audit-'))
  await kubectl(['delete', 's3clusters', '--all', '-n', resourceNamespace, '--timeout=60s'])
  await stage.shell(uninstallLine(namespaced))
  await checkNothingLeft(stage, namespaced)

  step('Where definitions are not to be kept, helm uninstall leaves nothing')
  const lines = (await installLines()).replace(/^helm (install|upgrade --install) /m, '$&--set crds.keep=false ')
  await stage.shell(lines)
  await untilRolledOut(stage, installation)
  await stage.shell(uninstallLine(installation))
  await checkNothingLeft(stage, installation)
  await eventually('the definitions are gone', async () => {
    const { code } = await stage.cluster.kubectl(['get', 'crd', definitions[0]])
    const { code: other } = await stage.cluster.kubectl(['get', 'crd', definitions[1]])
    return code !== 0 && other !== 0 ? true : undefined
  })

  step('No namespace is stuck')
  for (const namespace of [resourceNamespace, installation.namespace, namespaced.namespace]) {
    await kubectl(['delete', 'namespace', namespace, '--timeout=60s'])
  }
  const violations = await weka.violations()
  check("every request was one that WEKA's API has", violations === 0)
  say(`The WEKA cluster was set ${await weka.enables()} times in all.`)
}

function uninstallLine({ release, namespace }: Installation): string {
  return `helm uninstall ${release} --namespace ${namespace} --wait`
}

/** Nothing with the release's label but the definitions, in any namespace. */
async function checkNothingLeft({ narrator }: Stage, { release }: Installation): Promise<void> {
  await narrator.eventually(`nothing of the release ${release} is left but definitions`, async () => {
    const left = await narrator.quiet([
      'get',
      kinds.join(','),
      '--all-namespaces',
      `--selector=app.kubernetes.io/instance=${release}`,
      '-o',
      'name',
    ])
    return left.trim() === '' ? true : undefined
  })
}
