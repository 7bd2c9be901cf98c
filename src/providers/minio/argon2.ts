import { argon2 } from 'node:crypto'

import { abortable } from '../../kube/abortable.ts'
import type { Secret } from '../../observability/secret.ts'

/** Derives the 32-byte key of a sealed message. Rejects with the signal's reason when aborted. */
export type DeriveKey = (password: Secret, salt: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>

/**
 * Argon2id with the parameters of madmin-go (one pass over 64 MiB, four lanes), one derivation at a time: several at once would
 * take the memory of the whole operator, and the threads that resolve host names. Share one instance among all clusters.
 */
export function createArgon2(): DeriveKey {
  let last: Promise<unknown> = Promise.resolve()
  return (password, salt, signal) => {
    const turn = last.then(() => {
      signal.throwIfAborted()
      return derive(password, salt)
    })
    last = turn.catch(() => undefined)
    return abortable(turn, signal)
  }
}

function derive(password: Secret, salt: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const message = password.reveal()
  argon2(
    'argon2id',
    { message, nonce: salt, parallelism: 4, tagLength: 32, memory: 65_536, passes: 1 },
    (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    },
  )
  return promise
}
