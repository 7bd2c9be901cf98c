import { LeadershipLostError } from './leadership-lost-error.ts'

/** The lease was closed while this process followed or led: it must not work again, however long it lives. */
export class LeaseClosedError extends LeadershipLostError {
  override readonly name = 'LeaseClosedError'
  constructor(namespace: string, name: string) {
    super(`The lease ${namespace}/${name} was closed`)
  }
}
