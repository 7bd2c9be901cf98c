import { readFileSync, writeFileSync } from 'node:fs'

import { readFlags, refuse } from '../../../scripts/read-flags.ts'
import { deliveryModes } from './sender.ts'
import { startWekaSimulator, type WekaSimulator } from './weka-simulator.ts'

const help = `A WEKA cluster's management API for tests and demonstrations.

node test/simulators/weka/main.ts --password <password> [flags]

  --port <number>          port of the first backend, the others follow (14000)
  --advertise <address>    listen on all addresses, with a certificate for this one, instead of on loopback alone
  --backends <number>      listeners that share one cluster (3)
  --control-port <number>  plain http for /_sim alone; works while every backend is stopped
  --user <name>            a ClusterAdmin (admin)
  --password <text>        or the environment's WEKA_SIMULATOR_PASSWORD
  --org <name>             organization of the user (Root)
  --name <text>            name of the cluster (cluster-a)
  --release <text>         what the cluster says it runs (4.4.6.11)
  --servers <number>       S3 servers (2)
  --plain-http             no TLS
  --self-signed            a certificate of its own making, as a new cluster has it, instead of one that a CA issued
  --ca-out <file>          writes there what a client has to trust (PEM)
  --restart-ms <number>    how long S3 is not ready after a change (5000)
  --delivery <mode>        send audit events: ${deliveryModes.join(', ')}
  --target-ca <file>       PEM that the S3 servers trust the target by
  --help                   this text

It ends on SIGINT or SIGTERM, with status 1 when it got a request that WEKA's API does not have.

Control, on every port, without a token: GET /_sim/<view>, POST /_sim/<command> with JSON. Views: state, counters, requests,
violations, events, delivery, ca. Commands:
  webhook {"endpoint":"https://elsewhere.example/","enabled":true}     a change by hand
  knobs {"restartMilliseconds":0,"backendFaults":{"1":{"mode":"unavailable","count":3}}}
  stop-backend {"index":0}, start-backend, restart-backend, container {"index":0,"ready":false}
  user {"username":"admin","password":"..."}, revoke-tokens, lockout, token-lifetime, release, s3-cluster
  forget-violations, reset
  s3-request {"count":100,"name":"PutObject","bucket":"b","object":"o"}
`

const { values } = readFlags(
  {
    options: {
      port: { type: 'string', default: '14000' },
      advertise: { type: 'string' },
      backends: { type: 'string', default: '3' },
      'control-port': { type: 'string' },
      user: { type: 'string', default: 'admin' },
      password: { type: 'string' },
      org: { type: 'string', default: 'Root' },
      name: { type: 'string', default: 'cluster-a' },
      release: { type: 'string', default: '4.4.6.11' },
      servers: { type: 'string', default: '2' },
      'plain-http': { type: 'boolean', default: false },
      'self-signed': { type: 'boolean', default: false },
      'ca-out': { type: 'string' },
      'restart-ms': { type: 'string', default: '5000' },
      delivery: { type: 'string' },
      'target-ca': { type: 'string' },
    },
  },
  help,
)

const password = values.password ?? process.env['WEKA_SIMULATOR_PASSWORD']
if (password === undefined) refuse('--password is needed')
const mode = deliveryModes.find((known) => known === values.delivery)
if (values.delivery !== undefined && mode === undefined) {
  refuse(`--delivery takes one of ${deliveryModes.join(', ')}, not '${values.delivery}'`)
}
const targetCa = values['target-ca']
const controlPort = values['control-port']
const simulator = await startWekaSimulator({
  users: [{ username: values.user, password, org: values.org, role: 'ClusterAdmin' }],
  port: Number(values.port),
  backends: Number(values.backends),
  ...(values.advertise === undefined ? {} : { advertise: values.advertise }),
  ...(controlPort === undefined ? {} : { controlPort: Number(controlPort) }),
  plainHttp: values['plain-http'],
  selfSigned: values['self-signed'],
  servers: Number(values.servers),
  clusterName: values.name,
  release: values.release,
  knobs: { restartMilliseconds: Number(values['restart-ms']) },
  ...(mode === undefined
    ? {}
    : { delivery: { mode, ...(targetCa === undefined ? {} : { caPem: readFileSync(targetCa, 'utf8') }) } }),
})
const caOut = values['ca-out']
if (caOut !== undefined && simulator.caPem !== undefined) writeFileSync(caOut, simulator.caPem)
console.log(`WEKA simulator at ${simulator.endpoints.map(String).join(' ')}`)
if (simulator.controlEndpoint !== undefined) console.log(`Control at ${simulator.controlEndpoint.href}_sim/state`)
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => void end(simulator))
}

async function end(simulator: WekaSimulator): Promise<void> {
  try {
    await simulator[Symbol.asyncDispose]()
  } catch (error) {
    console.error(String(error))
    process.exitCode = 1
  }
}
