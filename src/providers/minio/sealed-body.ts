import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

import type { Secret } from '../../observability/secret.ts'
import type { DeriveKey } from './argon2.ts'

const saltLength = 32
const nonceLength = 8
const tagLength = 16
const headerLength = saltLength + 1 + nonceLength
const fragmentLength = 16_384
const keyLength = 32

/** How the key is derived and which cipher seals, by the id in the message (madmin-go `encrypt.go`). */
const algorithms = {
  0: { derivation: 'argon2id', cipher: 'aes-256-gcm' },
  1: { derivation: 'argon2id', cipher: 'chacha20-poly1305' },
  2: { derivation: 'pbkdf2', cipher: 'aes-256-gcm' },
} as const

/** A sealed message that cannot be opened: cut short, changed, or sealed for another key. */
export class SealedBodyError extends Error {
  override readonly name = 'SealedBodyError'
}

/**
 * Seals a body of MinIO's admin API for the secret key of the access key that signs the request. Written with algorithm 2
 * (PBKDF2, AES-256-GCM), which every server opens and which needs no 64 MiB per message.
 *
 * Layout: salt 32, algorithm 1, nonce 8, then fragments of 16384 bytes, each followed by its 16-byte tag (secure-io/sio-go, not
 * minio/sio).
 */
export async function sealBody(
  secretKey: Secret,
  body: Uint8Array,
  random: (length: number) => Uint8Array = randomBytes,
): Promise<Uint8Array> {
  const salt = random(saltLength)
  const nonce = random(nonceLength)
  const key = await pbkdf2Sha256(secretKey, salt)
  const stream = createStream(algorithms[2].cipher, key, nonce)
  const parts: Uint8Array[] = [salt, Uint8Array.of(2), nonce]
  const count = Math.max(1, Math.ceil(body.length / fragmentLength))
  for (let index = 0; index < count; index++) {
    const fragment = body.subarray(index * fragmentLength, (index + 1) * fragmentLength)
    parts.push(stream.seal(index + 1, fragment, index === count - 1))
  }
  return Buffer.concat(parts)
}

export interface OpenOptions {
  readonly argon2: DeriveKey
  readonly signal: AbortSignal
}

/** Opens an answer of the admin API, whichever algorithm the server chose. @throws SealedBodyError, or the signal's reason. */
export async function openBody(
  secretKey: Secret,
  sealed: Uint8Array,
  { argon2, signal }: OpenOptions,
): Promise<Uint8Array> {
  const id = sealed[saltLength]
  if (sealed.length < headerLength + tagLength || (id !== 0 && id !== 1 && id !== 2)) {
    throw new SealedBodyError('It is no sealed message')
  }
  const { derivation, cipher } = algorithms[id]
  const salt = sealed.subarray(0, saltLength)
  const key = await (derivation === 'argon2id' ? argon2(secretKey, salt, signal) : pbkdf2Sha256(secretKey, salt))
  const stream = createStream(cipher, key, sealed.subarray(saltLength + 1, headerLength))
  const parts: Uint8Array[] = []
  const step = fragmentLength + tagLength
  for (let offset = headerLength, counter = 1; offset < sealed.length; offset += step, counter++) {
    const last = offset + step >= sealed.length
    parts.push(stream.open(counter, sealed.subarray(offset, offset + step), last))
  }
  return Buffer.concat(parts)
}

interface Stream {
  seal(counter: number, fragment: Uint8Array, last: boolean): Uint8Array
  open(counter: number, fragment: Uint8Array, last: boolean): Uint8Array
}

/** Fragment nonces are the message's nonce and a little-endian counter; counter 0 seals nothing, and its tag binds all others. */
function createStream(name: 'aes-256-gcm' | 'chacha20-poly1305', key: Uint8Array, nonce: Uint8Array): Stream {
  const options = { authTagLength: tagLength }
  // The names are overloads of their own in the types of node:crypto.
  const encrypt = (iv: Uint8Array) =>
    name === 'aes-256-gcm'
      ? createCipheriv('aes-256-gcm', key, iv, options)
      : createCipheriv('chacha20-poly1305', key, iv, options)
  const decrypt = (iv: Uint8Array) =>
    name === 'aes-256-gcm'
      ? createDecipheriv('aes-256-gcm', key, iv, options)
      : createDecipheriv('chacha20-poly1305', key, iv, options)

  function ivOf(counter: number): Uint8Array {
    const iv = Buffer.alloc(nonceLength + 4)
    iv.set(nonce)
    iv.writeUInt32LE(counter, nonceLength)
    return iv
  }

  const first = encrypt(ivOf(0))
  first.final()
  const binding = first.getAuthTag()
  const associated = (last: boolean): Uint8Array => Buffer.concat([Uint8Array.of(last ? 0x80 : 0), binding])

  return {
    seal(counter, fragment, last) {
      const cipher = encrypt(ivOf(counter))
      cipher.setAAD(associated(last), { plaintextLength: fragment.length })
      return Buffer.concat([cipher.update(fragment), cipher.final(), cipher.getAuthTag()])
    },
    open(counter, fragment, last) {
      if (fragment.length < tagLength) throw new SealedBodyError('The sealed message is cut short')
      const end = fragment.length - tagLength
      const decipher = decrypt(ivOf(counter))
      decipher.setAAD(associated(last), { plaintextLength: end })
      decipher.setAuthTag(fragment.subarray(end))
      try {
        return Buffer.concat([decipher.update(fragment.subarray(0, end)), decipher.final()])
      } catch (error) {
        throw new SealedBodyError('The sealed message was changed or is for another key', { cause: error })
      }
    },
  }
}

function pbkdf2Sha256(password: Secret, salt: Uint8Array): Promise<Uint8Array> {
  return promisify(pbkdf2)(password.reveal(), salt, 8192, keyLength, 'sha256')
}
