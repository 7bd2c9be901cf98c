import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { readFlags } from '../scripts/read-flags.ts'
import { findControlPlaneBinaries } from '../test/control-plane/binaries.ts'
import { startControlPlane } from '../test/control-plane/control-plane.ts'
import { findMinioBinaries } from '../test/control-plane/minio-binaries.ts'
import { startMinio } from '../test/control-plane/minio.ts'
import { startHecSimulator } from '../test/simulators/hec/hec-simulator.ts'
import { startWekaSimulator } from '../test/simulators/weka/weka-simulator.ts'
import { createCertificateAuthority } from '../test/support/certificates.ts'
import { minioManifests, namespace, wekaManifests } from './manifests.ts'
import { createNarrator } from './narrator.ts'
import { startOperatorProcess } from './operator-process.ts'
import { condition, readWebhook } from './read-webhook.ts'
import { walkMinio } from './walk-minio.ts'
import { walkWeka } from './walk-weka.ts'

const help = `Runs the operator's main job on a real API server and a real MinIO.

npm run demo -- [flags]

  --keep      leave everything running at the end, with a kubeconfig to play with, until Ctrl-C
  --no-minio  without MinIO
  --help      this text
`

const { values } = readFlags(
  {
    options: {
      keep: { type: 'boolean', default: false },
      minio: { type: 'boolean', default: true },
    },
    allowNegative: true,
  },
  help,
)

const queueSize = 200
const tokens = { old: 'b5a7c0de-0000-4000-8000-000000000001', next: 'b5a7c0de-0000-4000-8000-000000000002' }
const admin = { username: 'admin', password: 'a-password-for-the-demo', org: 'Root', role: 'ClusterAdmin' } as const
const minioToken = 'b5a7c0de-0000-4000-8000-000000000003'

async function demonstrate(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  // A first run builds them, which takes minutes and tells its progress: that comes before anything is started.
  await findControlPlaneBinaries()
  if (values.minio) await findMinioBinaries()
  const started = performance.now()
  let finished = false
  const write = (text: string): void => void process.stdout.write(text)
  const folder = await mkdtemp(join(tmpdir(), 's3-audit-demo-'))
  stack.defer(() => (values.keep ? undefined : rm(folder, { recursive: true, force: true })))

  write('Starting a Kubernetes control plane, a WEKA simulator and two event collectors\n')
  const controlPlane = stack.use(await startControlPlane())
  const authority = createCertificateAuthority({ commonName: 'Demo Splunk CA' })
  const tls = authority.issue({ commonName: 'splunk', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
  const weka = stack.use(await startWekaSimulator({ backends: 3, users: [admin] }))
  const hec = stack.use(await startHecSimulator({ tls, tokens: [{ token: tokens.old }] }))
  const minioHec = stack.use(await startHecSimulator({ tls, tokens: [{ token: minioToken }] }))
  const minio = values.minio ? stack.use(await startMinio({ trustedCaPem: authority.certPem })) : undefined

  const narrator = createNarrator(controlPlane, write)
  const { step, say, kubectl, eventually, check } = narrator
  const read = (name: string) => readWebhook(narrator, name)

  step('Install the resource definitions and start the operator as its own process')
  await kubectl(['apply', '-f', fileURLToPath(new URL('../crds', import.meta.url))])
  await narrator.quiet(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'])
  const logPath = join(folder, 'operator.log')
  // Disposed of after the operator, with whatever it said last.
  stack.defer(() => (finished ? undefined : showEnd(logPath)))
  const operator = stack.use(
    await startOperatorProcess({
      args: [
        '--kubeconfig',
        controlPlane.kubeconfigPath,
        '--listen',
        '127.0.0.1:0',
        '--no-leader-elect',
        '--allow-endpoint-cidr',
        '127.0.0.0/8',
      ],
      logPath,
    }),
  )
  say(operator.command)

  step('Apply what a user would: credentials, S3Clusters and S3AuditWebhooks')
  const applyWeka = wekaManifests({
    endpoints: weka.endpoints.map(String),
    caPem: weka.caPem ?? '',
    username: admin.username,
    password: admin.password,
    target: hec.url('raw').href,
    targetCaPem: authority.certPem,
    token: tokens.old,
  })
  await kubectl(['apply', '-f', '-'], applyWeka)
  if (minio !== undefined) {
    const { endpoint, accessKey, secretKey } = minio
    const target = minioHec.url('raw').href
    const given = {
      endpoint,
      accessKey,
      secretKey,
      target,
      targetCaPem: authority.certPem,
      token: minioToken,
      queueSize,
    }
    await kubectl(['apply', '-f', '-'], minioManifests(given))
  }
  const names = minio === undefined ? ['weka-audit'] : ['weka-audit', 'minio-audit']
  for (const name of names) {
    await eventually(`${name} is Ready`, async () =>
      condition(await read(name), 'Ready')?.status === 'True' ? true : undefined,
    )
  }
  await kubectl(['get', 's3clusters,s3auditwebhooks', '-n', namespace])
  check('the WEKA cluster was told once', weka.counters().enables === 1)
  check('the target accepted a marked test event', hec.requests().byKind.probe === 1)

  if (minio !== undefined) await walkMinio(narrator, { minio, hec: minioHec, queueSize, folder })
  await walkWeka(narrator, { weka, hec, tokens })

  step('No token stands in the log or in what the API server shows')
  const log = await readFile(logPath, 'utf8')
  const shown = await narrator.quiet(['get', 's3clusters,s3auditwebhooks,events', '-n', namespace, '-o', 'yaml'])
  for (const token of [tokens.old, tokens.next, minioToken]) {
    check(`token ...${token.slice(-4)} is in neither`, !log.includes(token) && !shown.includes(token))
  }

  if (values.keep) {
    say(`Everything keeps running until Ctrl-C. KUBECONFIG=${controlPlane.kubeconfigPath}`)
    say(`Operator log: ${logPath}`)
    finished = true
    await new Promise((resolve) => {
      process.once('SIGINT', resolve)
      process.once('SIGTERM', resolve)
    })
    return
  }

  step('Deletion cleans up')
  await kubectl(['delete', 's3auditwebhooks', '--all', '-n', namespace, '--timeout=60s'])
  check("WEKA's webhook is off", !weka.webhook().enabled)
  if (minio !== undefined) {
    const { stdout } = await minio.mc(['admin', 'config', 'get', 'local', 'audit_webhook'])
    check("MinIO's target is gone", !stdout.includes('s3audit-'))
  }
  await kubectl(['delete', 's3clusters', '--all', '-n', namespace, '--timeout=60s'])

  finished = true
  write(`\nAll ${narrator.held} claims held, in ${((performance.now() - started) / 1000).toFixed(0)} s.\n`)
}

/** The last lines of the operator's log: what a failed demonstration is explained with. */
async function showEnd(logPath: string): Promise<void> {
  const lines = (await readFile(logPath, 'utf8')).trimEnd().split('\n')
  process.stderr.write(`\nThe operator's log ends with:\n${lines.slice(-15).join('\n')}\n`)
}

try {
  await demonstrate()
} catch (error) {
  process.stderr.write(`\nThe demonstration failed: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
