/** This process does not lead, or leads no more: it must not change anything. */
export class LeadershipLostError extends Error {
  override readonly name: string = 'LeadershipLostError'
}
