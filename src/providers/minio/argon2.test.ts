import { expect, test } from 'vitest'

import { Secret } from '../../observability/secret.ts'
import { createArgon2 } from './argon2.ts'

const password = new Secret('minioadmin')
const salt = Uint8Array.from({ length: 32 }, (_, index) => index)

test('the key is the one that madmin-go derives', async ({ signal }) => {
  const key = await createArgon2()(password, salt, signal)
  expect(Buffer.from(key).toString('hex')).toBe('143045b4e26f71193dd2f2f806438d47b4dfaa02357d625170ce6761570ab62b')
})

test('derivations stand in line, and one that is given up lets the next one through at once', async ({ signal }) => {
  const derive = createArgon2()
  const order: string[] = []
  const abort = new AbortController()
  const first = derive(password, salt, signal).then(() => order.push('first'))
  const second = derive(password, salt, abort.signal).catch((error: unknown) => order.push(`second: ${String(error)}`))
  const third = derive(password, salt, signal).then(() => order.push('third'))
  abort.abort('given up')
  await Promise.all([first, second, third])
  expect(order).toEqual(['second: given up', 'first', 'third'])
})
