import { readFileSync, writeFileSync } from 'node:fs'

import { readFlags, refuse } from '../../../scripts/read-flags.ts'
import { startHecSimulator } from './hec-simulator.ts'

const help = `A HTTP Event Collector for tests and demonstrations.

node test/simulators/hec/main.ts [flags]

  --port <number>      port (8088)
  --host <address>     address to listen on (127.0.0.1); 0.0.0.0: all of them
  --token <token>      a valid token; may be repeated
  --ca-file <file>     https with a certificate of its own; the CA is written here
  --cert <file>        PEM certificate; with --key: https
  --key <file>         PEM key of the certificate
  --path-prefix <path> what stands before /services/collector
  --help               this text

Control, on the same port: GET /_sim/state, GET /_sim/events, POST /_sim/<command> with JSON:
  fail {"mode":"stall"}, fail {"mode":"status","code":9,"count":3}, fail {"mode":"refuse","forMilliseconds":30000},
  recover, pressure {"queue":"full"}, addToken {"token":"..."}, revokeToken, disableToken, clearLog
`

const { values } = readFlags(
  {
    options: {
      port: { type: 'string', default: '8088' },
      host: { type: 'string', default: '127.0.0.1' },
      token: { type: 'string', multiple: true, default: [] },
      'ca-file': { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      'path-prefix': { type: 'string', default: '' },
    },
  },
  help,
)

const { cert, key, 'ca-file': caFile } = values
if ((cert === undefined) !== (key === undefined)) refuse('--cert and --key belong together')
const simulator = await startHecSimulator({
  port: Number(values.port),
  host: values.host,
  tokens: values.token.map((token) => ({ token })),
  pathPrefix: values['path-prefix'],
  ...(caFile === undefined ? {} : { tls: 'own' }),
  ...(cert === undefined || key === undefined
    ? {}
    : { tls: { certPem: readFileSync(cert, 'utf8'), keyPem: readFileSync(key, 'utf8') } }),
})
if (caFile !== undefined) writeFileSync(caFile, simulator.caPem)
console.log(`HEC simulator at ${simulator.baseUrl}/services/collector`)
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => void simulator[Symbol.asyncDispose]())
}
