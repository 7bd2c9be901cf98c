import { readCount, readFlags, refuse } from '../scripts/read-flags.ts'
import { writeResult } from './support/write-result.ts'

const help = `Measures the operator and its runtime on this machine, and records the results in bench/results.

npm run bench -- runtime [--objects <number>] [--rounds <number>]
npm run bench -- soak [--webhooks <number>] [--minutes <number>] [--source]
npm run bench -- containment [--clusters <number>] [--hanging <number>] [--rounds <number>]
npm run bench -- scheduler [--targets <number>] [--seconds <number>]

  runtime      our Kubernetes runtime, the stock client's informer and the bare cost of the same HTTP, on one real API server
  soak         the operator as a process, with many webhooks in force and nothing to do
  containment  what S3 clusters that hang cost the others
  scheduler    the tests of many targets, a minute apart, beside as many plain requests

  --objects <number>   resources that are listed and watched (10000)
  --rounds <number>    how often each measurement is repeated; the median counts (5)
  --webhooks <number>  webhooks in force, each on an S3 cluster of its own (10000)
  --minutes <number>   how long the quiet operator is watched (10)
  --clusters <number>  S3 clusters, those that hang included (200)
  --hanging <number>   how many of them take every request and answer none (20)
  --targets <number>   targets that are tested (10000)
  --seconds <number>   how long the tests are watched (120)
  --source             run the sources instead of the bundle
  --dry-run            print the results and record nothing
`

const { values, positionals } = readFlags(
  {
    options: {
      objects: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '5' },
      webhooks: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '10' },
      clusters: { type: 'string', default: '200' },
      hanging: { type: 'string', default: '20' },
      targets: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '120' },
      source: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
    },
    allowPositionals: true,
  },
  help,
)

const say = (text: string): void => console.error(text)
const { source, 'dry-run': dryRun } = values
const objects = readCount('--objects', values.objects)
const rounds = readCount('--rounds', values.rounds)
const webhooks = readCount('--webhooks', values.webhooks)
const minutes = readCount('--minutes', values.minutes)
const clusters = readCount('--clusters', values.clusters)
const hanging = readCount('--hanging', values.hanging)
const targets = readCount('--targets', values.targets)
const watchedSeconds = readCount('--seconds', values.seconds)

const benches: Readonly<Record<string, () => Promise<void>>> = {
  async runtime() {
    const { runRuntime } = await import('./runtime/run-runtime.ts')
    await writeResult('runtime', await runRuntime({ objects, rounds, say }), { dryRun })
  },
  async soak() {
    const { runSoak } = await import('./soak/run-soak.ts')
    const entry = source ? 'source' : 'bundle'
    await writeResult('soak', await runSoak({ webhooks, minutes, entry, say }), { dryRun })
  },
  async containment() {
    if (hanging >= clusters) refuse(`--hanging takes less than --clusters, which is ${clusters}`)
    const { runContainment } = await import('./containment/run-containment.ts')
    await writeResult('containment', await runContainment({ clusters, hanging, rounds, say }), { dryRun })
  },
  async scheduler() {
    const { runScheduler } = await import('./scheduler/run-scheduler.ts')
    await writeResult('scheduler', await runScheduler({ targets, periodSeconds: 60, watchedSeconds, say }), { dryRun })
  },
}

const [name = '', ...rest] = positionals
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (bench === undefined || rest.length > 0) refuse(`Name one of ${Object.keys(benches).join(', ')}`)
await bench()
