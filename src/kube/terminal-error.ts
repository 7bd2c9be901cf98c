/** Thrown by a reconciler when a retry cannot help: the pass counts as an error but is not repeated until something changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}
