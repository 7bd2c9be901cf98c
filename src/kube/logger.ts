/**
 * The four levels and `child` that the runtime logs with; a pino logger is one.
 * Messages are constant, everything that varies stands in `fields`, a caught error under the key `err`.
 */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds `fields` to every line; they may be read only then, so they are not to change. */
  child(fields: object): Logger
}
