import { EventEmitter } from 'node:events'

import { expect, test } from 'vitest'

import { createLogger, type LogLevel, type RootLogger } from './logger.ts'
import { Secret } from './secret.ts'
import { toggleDebugBySignal } from './toggle-debug.ts'

const canary = 'c4n4ry'

interface Captured {
  readonly logger: RootLogger
  readonly lines: string[]
  readonly last: () => Record<string, unknown>
}

function captured(level: LogLevel = 'info'): Captured {
  const lines: string[] = []
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } })
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> }
}

test('a line is JSON with level, time, fields and the message', () => {
  const { logger, last } = captured()
  logger.child({ controller: 'c' }).child({ name: 'n' }).warn({ attempt: 2 }, 'Something happened')
  const { time, ...rest } = last()
  expect(rest).toEqual({ level: 'warn', controller: 'c', name: 'n', attempt: 2, msg: 'Something happened' })
  expect(new Date(String(time)).toISOString()).toBe(time)
})

test('lines below the level are left out, and a change reaches children that exist', () => {
  const { logger, lines } = captured('warn')
  const child = logger.child({ a: 1 })
  child.info({}, 'no')
  logger.setLevel('debug')
  child.debug({}, 'yes')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('yes')
})

test('fields of a child are read for its first line, and no more', () => {
  const { logger, lines, last } = captured('info')
  let reads = 0
  const child = logger.child({
    get key() {
      return ++reads
    },
  })
  child.debug({}, 'left out')
  expect(reads).toBe(0)
  child.info({}, 'first')
  child.child({ deeper: true }).info({}, 'second')
  expect(lines).toHaveLength(2)
  expect(last()).toMatchObject({ key: 1, deeper: true })
})

test('SIGUSR2 switches debug on and back until disposed', () => {
  const { logger } = captured('warn')
  const signals = new EventEmitter()
  const toggle = toggleDebugBySignal(logger, signals)
  signals.emit('SIGUSR2')
  expect(logger.level()).toBe('debug')
  signals.emit('SIGUSR2')
  expect(logger.level()).toBe('warn')
  toggle[Symbol.dispose]()
  expect(signals.listenerCount('SIGUSR2')).toBe(0)
})

test.each<{ name: string; fields: () => object }>([
  { name: 'a Secret', fields: () => ({ value: new Secret(canary), list: [{ deep: new Secret(canary) }] }) },
  { name: 'a header deep in an object', fields: () => ({ a: { b: { c: { text: `Splunk ${canary}` } } } }) },
  { name: 'a list of raw headers', fields: () => ({ headers: ['Authorization', `Bearer ${canary}`] }) },
  {
    name: 'fields with the names of secrets',
    fields: () => ({ a: { token: canary, secretKey: [canary], password: canary } }),
  },
  { name: 'a map', fields: () => ({ map: new Map([['auth_token', canary]]) }) },
  { name: 'the query of a URL', fields: () => ({ url: new URL(`https://u:${canary}@host/path?any=${canary}`) }) },
  { name: 'bytes', fields: () => ({ body: Buffer.from(canary) }) },
  { name: 'what toJSON gives', fields: () => ({ value: { toJSON: () => ({ text: `token=${canary}` }) } }) },
  { name: 'a key', fields: () => ({ [`Bearer ${canary}`]: 1 }) },
  {
    name: 'an error with a cause and with foreign properties',
    fields: () => {
      const cause = Object.assign(new Error(`GET https://h/?token=${canary}`), { headers: { any: canary } })
      return { err: Object.assign(new Error(`Splunk ${canary}`, { cause }), { request: { body: canary }, code: 'X' }) }
    },
  },
  { name: 'a thrown text', fields: () => ({ err: `Authorization: ${canary}` }) },
  { name: 'an error in a list', fields: () => ({ errors: [Object.assign(new Error('x'), { body: canary })] }) },
  {
    name: 'an error whose cause is an object',
    fields: () => ({ err: new Error('x', { cause: { authorization: canary, text: `Basic ${canary}` } }) }),
  },
])('$name does not leave', ({ fields }) => {
  const { logger, lines, last } = captured()
  logger.info(fields(), 'Message')
  logger.child(fields()).info({}, 'Message')
  expect(lines).toHaveLength(2)
  expect(lines.join('')).not.toContain(canary)
  expect(last()['msg']).toBe('Message')
})

test('a secret in the message does not leave', () => {
  const { logger, lines } = captured()
  logger.error({}, `Refused: Bearer ${canary}`)
  expect(lines[0]).toContain('Refused: Bearer [redacted]')
})

test('an error tells type, message, code, stack and its causes, nothing else', () => {
  const { logger, last } = captured()
  const inner = Object.assign(new TypeError('inner'), { code: 'ECONNREFUSED', port: 1 })
  logger.error({ err: new Error('outer', { cause: inner }) }, 'Failed')
  const err = last()['err'] as Record<string, Record<string, unknown>>
  expect(Object.keys(err).toSorted()).toEqual(['cause', 'message', 'stack', 'type'])
  expect(err['stack']).toContain('logger.test.ts')
  expect(err['cause']).toMatchObject({ type: 'TypeError', message: 'inner', code: 'ECONNREFUSED' })
  expect(err['cause']).not.toHaveProperty('port')
})

test('what has no end is bounded', () => {
  const { logger, lines, last } = captured()
  const circular: Record<string, unknown> = {
    text: 'x'.repeat(1_000_000),
    list: Array.from({ length: 10_000 }, () => 1),
  }
  circular['self'] = circular
  const endless = new Error('endless')
  endless.cause = endless
  logger.info({ circular, err: endless }, 'Message')
  expect(lines[0]?.length).toBeLessThan(200_000)
  expect(last()['msg']).toBe('Message')
})

test('what cannot be read does not break the line', () => {
  const { logger, last } = captured()
  const hostile = {
    get broken(): never {
      throw new Error('no')
    },
  }
  logger.info({ hostile, big: 1n, nan: Number.NaN, nothing: undefined, call: () => 1 }, 'Message')
  expect(last()).toMatchObject({ hostile: '[unreadable]', big: '1', nan: 'NaN', msg: 'Message' })
  logger.child({ kind: 'x' }).child(hostile).warn(hostile, 'Other')
  expect(last()).toMatchObject({ level: 'warn', kind: 'x', fields: '[unreadable]', msg: 'Other' })
})
