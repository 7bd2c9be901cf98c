import { pino } from 'pino'

import type { Logger } from '../kube/logger.ts'
import { printable, printableText } from './printable.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The logger of the process. */
export interface RootLogger extends Logger {
  /** The least level that is written now. */
  level(): LogLevel
  /** Takes effect at once, in all children too. */
  setLevel(level: LogLevel): void
}

export interface LoggerOptions {
  readonly level: LogLevel
  /** Gets one line a call. @default standard output */
  readonly destination?: { write(line: string): unknown }
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * Writes lines of JSON: `level`, `time` (RFC 3339), the fields, and `msg`. Everything passes `printable` on its way out, which is
 * the one place where secrets are masked and errors and sizes bounded; whatever a caller puts into fields, no line fails.
 */
export function createLogger({ level, destination }: LoggerOptions): RootLogger {
  const settings = {
    // Levels are decided below, since pino's children keep the level they were made with.
    level: 'debug',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // `printable` has reduced it; pino's own would take the causes away.
    serializers: { err: (error: unknown) => error },
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const writer = destination === undefined ? pino(settings) : pino(settings, destination)
  let current = level

  /** @param inherited gives fields that are printable already. */
  function child(inherited: () => object): Logger {
    const write = (at: LogLevel, fields: object, message: string): void => {
      if (ranks[at] < ranks[current]) return
      writer[at]({ ...inherited(), ...printableFields(fields) }, printableText(message))
    }
    return {
      debug: (fields, message) => write('debug', fields, message),
      info: (fields, message) => write('info', fields, message),
      warn: (fields, message) => write('warn', fields, message),
      error: (fields, message) => write('error', fields, message),
      child(fields) {
        // Each pass makes a logger and most log nothing: masking what is not written costs about as much as queue and controller do.
        let reduced: object | undefined
        return child(() => (reduced ??= { ...inherited(), ...printableFields(fields) }))
      },
    }
  }

  return {
    ...child(() => ({})),
    level: () => current,
    setLevel(next) {
      current = next
    },
  }
}

function printableFields(fields: object): object {
  const reduced = printable(fields)
  return typeof reduced === 'object' && reduced !== null ? reduced : { fields: reduced }
}
