import type { EventEmitter } from 'node:events'

import type { RootLogger } from './logger.ts'

/**
 * Switches the logger to debug and back with each `SIGUSR2` (`SIGUSR1` starts Node's debugger), until disposed.
 * `signals` is the process.
 */
export function toggleDebugBySignal(logger: RootLogger, signals: Pick<EventEmitter, 'on' | 'off'>): Disposable {
  const configured = logger.level()
  const toggle = (): void => {
    logger.setLevel(logger.level() === 'debug' && configured !== 'debug' ? configured : 'debug')
    logger.info({ logLevel: logger.level() }, 'Log level changed')
  }
  signals.on('SIGUSR2', toggle)
  return { [Symbol.dispose]: () => void signals.off('SIGUSR2', toggle) }
}
