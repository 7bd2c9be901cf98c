import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'

import { Secret } from '../../observability/secret.ts'
import { createArgon2 } from './argon2.ts'
import { openBody, sealBody, SealedBodyError } from './sealed-body.ts'

const key = new Secret('minioadmin')
const options = { argon2: createArgon2(), signal: new AbortController().signal }
const text = 'audit_webhook:t1 endpoint="http://127.0.0.1:9999/h" auth_token="Bearer abc"'
const salt = Uint8Array.from({ length: 32 }, (_, index) => index)
const nonce = Uint8Array.from({ length: 8 }, (_, index) => 0xa0 + index)
const header = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'

/** Messages of madmin-go with a fixed salt and nonce. */
const vectors = [
  {
    name: 'Argon2id and AES-256-GCM',
    hex: `${header}00a0a1a2a3a4a5a6a709c2ff8aa114fb69f64577741e7c88af0756ad2e0031638a536628b24927e58a4d80b684619803e0dd6a9cb6e024fbd9caa7fec90d5a62496d39502bf876d37430227c9adc25cc3ad5b451fd3bf2f6ab40aa0de0910235b224821f`,
  },
  {
    name: 'Argon2id and ChaCha20-Poly1305',
    hex: `${header}01a0a1a2a3a4a5a6a703051df66919e2bb31d62d61f445b872d4a72126b4aa03952a49cca6dbd898a8f0b8095f43a6cff35b2f68c26f1efa802a1a3648baa8ac30ffbbe9b60c7d344ca7e283d7cd49d5e7735b0b800acb6296f1fa1b616fe86fb2929973`,
  },
  {
    name: 'PBKDF2 and AES-256-GCM',
    hex: `${header}02a0a1a2a3a4a5a6a75025260e6662aedd331b8a7aed0a6087dfc4c0bcb4c0b11859639c7dae7df22fd20338f1076f509fcf0863d4cf95525b97cae17d1b655866619d06ac9c9c8b8999e383d077c3e9cfb06915636ae3ab36b49d13bf1996d620bed25b`,
  },
]

/** Salt and nonce of the vectors. */
const fixed = (length: number): Uint8Array => (length === 32 ? salt : nonce)

test.each(vectors)('a message sealed with $name is opened', async ({ hex }) => {
  const opened = await openBody(key, Buffer.from(hex, 'hex'), options)
  expect(Buffer.from(opened).toString('utf8')).toBe(text)
})

test('a message is sealed byte for byte as madmin-go seals it', async () => {
  const sealed = await sealBody(key, Buffer.from(text), fixed)
  expect(Buffer.from(sealed).toString('hex')).toBe(vectors[2]?.hex)
})

test.each([
  { length: 0, sealedLength: 57, sha256: '6cbfeb7ec4e1ef7bf4fbab95182c212d5738782f2401a5f54fe54c358a8a2ec6' },
  { length: 16383, sealedLength: 16440, sha256: 'e3230297497ff93aadf6a7400e2ab0e966377d4e4a943c799eb823106e43fcf4' },
  { length: 16384, sealedLength: 16441, sha256: 'fcf18c7a17e0777f10ae7eb3ced08d143fe5a94ac600697a70a2e1aa7745cb26' },
  { length: 16385, sealedLength: 16458, sha256: '0a3168679d8c315049a6016104b82c74c802c6d8478db1bd78ae1565d67d7a37' },
  { length: 32768, sealedLength: 32841, sha256: '11986d92742b439ae53773cd9bedba1424d076681077a1c82f420217ed1988c4' },
  { length: 40000, sealedLength: 40089, sha256: '5efb583f24b266353ad55f4cdbac70b8643f4a6541f2f89af47dd35fa6ada36d' },
])('$length bytes become the fragments of the reference and come back', async ({ length, sealedLength, sha256 }) => {
  const body = Buffer.alloc(length, 'x')
  const sealed = await sealBody(key, body, fixed)
  expect(sealed).toHaveLength(sealedLength)
  expect(createHash('sha256').update(sealed).digest('hex')).toBe(sha256)
  expect(Buffer.from(await openBody(key, sealed, options)).equals(body)).toBe(true)
})

test.each([
  { name: 'a changed byte', change: (sealed: Buffer) => sealed.fill(sealed.readUInt8(60) ^ 1, 60, 61) },
  { name: 'a lost end', change: (sealed: Buffer) => sealed.subarray(0, sealed.length - 20) },
  { name: 'an end at a fragment', change: (sealed: Buffer) => sealed.subarray(0, 41 + 16_400) },
  { name: 'an unknown algorithm', change: (sealed: Buffer) => sealed.fill(9, 32, 33) },
  { name: 'no message at all', change: () => Buffer.from('<html>') },
])('$name is noticed', async ({ change }) => {
  const sealed = Buffer.from(await sealBody(key, Buffer.alloc(20_000, 'x')))
  await expect(openBody(key, change(sealed), options)).rejects.toBeInstanceOf(SealedBodyError)
})

test('another key opens nothing', async () => {
  const sealed = await sealBody(key, Buffer.from(text))
  await expect(openBody(new Secret('other'), sealed, options)).rejects.toBeInstanceOf(SealedBodyError)
})
