import { randomUUID } from 'node:crypto'

import { parseConfig } from './config.ts'
import { readPodNamespace } from './config/pod-namespace.ts'
import { readInput } from './config/read-input.ts'
import { systemClock } from './kube/clock.ts'
import { LeadershipLostError } from './kube/leadership-lost-error.ts'
import { createLogger } from './observability/logger.ts'
import { toggleDebugBySignal } from './observability/toggle-debug.ts'
import { runDoctor } from './run-doctor.ts'
import { runOperator } from './run-operator.ts'
import { runTest } from './run-test.ts'
import { runUninstall } from './run-uninstall.ts'

/** After this the process ends whatever is still under way. */
const shutdownMilliseconds = 30_000

const write = (text: string): void => void process.stdout.write(text)
const writeError = (text: string): void => void process.stderr.write(text)
/** For commands with time-outs of their own: an interrupt ends the process, even while it waits for standard input. */
const { signal } = new AbortController()

const parsed = parseConfig(process.argv.slice(2), process.env, await readPodNamespace())
if ('problem' in parsed) {
  process.stderr.write(`s3-audit-operator: ${parsed.problem}\n`)
  process.exitCode = 2
} else if ('help' in parsed || 'version' in parsed) {
  process.stdout.write(`${'help' in parsed ? parsed.help : parsed.version}\n`)
} else if ('test' in parsed) {
  process.exitCode = await runTest({
    config: parsed.test,
    env: process.env,
    clock: systemClock,
    newId: randomUUID,
    readFile: readInput,
    write,
    writeError,
    signal,
  })
} else if ('uninstall' in parsed) {
  process.exitCode = await runUninstall({
    config: parsed.uninstall,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    write,
    writeError,
    signal,
  })
} else if ('doctor' in parsed) {
  process.exitCode = await runDoctor({
    config: parsed.doctor,
    name: parsed.name,
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    write,
    writeError,
    signal,
  })
} else if ('crds' in parsed) {
  // Only here, lest the operator keeps a YAML writer in memory.
  const { crdManifests } = await import('./api/crd-manifests.ts')
  const files = crdManifests().toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))
  write(files.map(({ content }) => content).join(''))
} else {
  const { config } = parsed
  const logger = createLogger({ level: config.logLevel })
  using _toggle = toggleDebugBySignal(logger, process)
  const stop = new AbortController()

  const crash = (error: unknown, what: string): void => {
    logger.error({ err: error }, what)
    process.exit(error instanceof LeadershipLostError ? 3 : 1)
  }
  process.on('uncaughtException', (error) => crash(error, 'Uncaught exception'))
  process.on('unhandledRejection', (error) => crash(error, 'Unhandled rejection'))
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      logger.info({ signal: name }, 'Stopping')
      stop.abort(new Error(`Stopped by ${name}`))
      setTimeout(() => crash(new Error('Shutdown took too long'), 'Stopped hard'), shutdownMilliseconds).unref()
    })
  }

  try {
    await runOperator({ config, clock: systemClock, random: Math.random, logger, signal: stop.signal })
  } catch (error) {
    if (error instanceof LeadershipLostError) crash(error, 'Leadership lost')
    if (error !== stop.signal.reason) crash(error, 'Operator failed')
    logger.info({}, 'Operator stopped before it began to work')
  }
}
