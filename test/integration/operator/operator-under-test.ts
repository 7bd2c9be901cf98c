import { Writable } from 'node:stream'

import { parseConfig } from '../../../src/config.ts'
import type { Clock } from '../../../src/kube/clock.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { runOperator } from '../../../src/run-operator.ts'

/**
 * The whole operator in this process, as `main.ts` runs it, with a clock of the test's choosing. Without leader election: on a fast
 * clock a lease is too short for a busy machine.
 */
export interface OperatorUnderTest extends AsyncDisposable {
  /** Everything it logged so far. */
  log(): string
}

export function startOperatorUnderTest(options: {
  readonly kubeconfigPath: string
  readonly clock: Clock
  readonly args?: readonly string[]
}): OperatorUnderTest {
  const parsed = parseConfig(
    [
      '--kubeconfig',
      options.kubeconfigPath,
      '--listen',
      '127.0.0.1:0',
      '--no-leader-elect',
      '--allow-endpoint-cidr',
      '127.0.0.0/8',
      '--log-level',
      'debug',
      ...(options.args ?? []),
    ],
    {},
  )
  if (!('config' in parsed)) throw new Error(`The flags of the test are wrong: ${JSON.stringify(parsed)}`)
  const chunks: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk.toString('utf8'))
      done()
    },
  })
  const stop = new AbortController()
  const ended = runOperator({
    config: parsed.config,
    clock: options.clock,
    random: Math.random,
    logger: createLogger({ level: parsed.config.logLevel, destination }),
    signal: stop.signal,
  })
  // A failure to start is thrown where the test waits for the end.
  ended.catch(() => undefined)
  return {
    log: () => chunks.join(''),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('The test is over'))
      await ended
    },
  }
}
