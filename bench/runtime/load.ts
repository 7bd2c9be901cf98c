/** Holds the number of a change: the load process knows when it was sent and answered. */
export const stampAnnotation = 'bench.s3audit.dev/change'

/** One write, in microseconds of the clock that all processes share. */
export interface Change {
  readonly stamp: string
  readonly sent: number
  readonly answered: number
}
