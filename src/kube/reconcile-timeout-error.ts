/** The abort reason of a pass that took longer than it may; tells a slow pass from a process that stops. */
export class ReconcileTimeoutError extends Error {
  override readonly name = 'ReconcileTimeoutError'
}
