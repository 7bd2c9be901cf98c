import { parseArgs } from 'node:util'

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

const { values, positionals } = parseArgs({
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
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})

const say = (text: string): void => console.error(text)
const [name, ...rest] = positionals
if (values.help) {
  console.log(help)
} else if (name === 'runtime' && rest.length === 0) {
  const { runRuntime } = await import('./runtime/run-runtime.ts')
  const result = await runRuntime({ objects: Number(values.objects), rounds: Number(values.rounds), say })
  await writeResult('runtime', result, { dryRun: values['dry-run'] })
} else if (name === 'soak' && rest.length === 0) {
  const { runSoak } = await import('./soak/run-soak.ts')
  const entry = values.source ? 'source' : 'bundle'
  const result = await runSoak({ webhooks: Number(values.webhooks), minutes: Number(values.minutes), entry, say })
  await writeResult('soak', result, { dryRun: values['dry-run'] })
} else if (name === 'containment' && rest.length === 0) {
  const { runContainment } = await import('./containment/run-containment.ts')
  const sizes = { clusters: Number(values.clusters), hanging: Number(values.hanging), rounds: Number(values.rounds) }
  const result = await runContainment({ ...sizes, say })
  await writeResult('containment', result, { dryRun: values['dry-run'] })
} else if (name === 'scheduler' && rest.length === 0) {
  const { runScheduler } = await import('./scheduler/run-scheduler.ts')
  const watchedSeconds = Number(values.seconds)
  const result = await runScheduler({ targets: Number(values.targets), periodSeconds: 60, watchedSeconds, say })
  await writeResult('scheduler', result, { dryRun: values['dry-run'] })
} else {
  console.error(help)
  process.exitCode = 2
}
