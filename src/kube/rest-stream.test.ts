import { describe, expect, onTestFinished, test } from 'vitest'

import { failureOf } from '../../test/support/failure-of.ts'
import { createFakeClock } from '../../test/support/fake-clock.ts'
import { openClient } from '../../test/support/open-client.ts'
import { passTime } from '../../test/support/pass-time.ts'
import {
  answerJson,
  type ScriptedApiServer,
  startScriptedApiServer,
  status,
} from '../../test/support/scripted-api-server.ts'
import type { RestClient } from './rest-client.ts'

const never = new AbortController().signal

async function serve(script: Parameters<typeof startScriptedApiServer>[0]): Promise<ScriptedApiServer> {
  const server = await startScriptedApiServer(script)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe('a stream', () => {
  const open = (client: RestClient, signal: AbortSignal = never): ReturnType<RestClient['stream']> =>
    client.stream({ path: '/watch', signal, maximumSilenceMilliseconds: 150_000 })

  test('gives lines whatever the chunks, and leaves out a cut one', async () => {
    const end = Buffer.from('three äää\nfour')
    const insideCharacter = end.indexOf('ä') + 1
    const chunks = [
      Buffer.from('one\ntw'),
      Buffer.concat([Buffer.from('o\n\n'), end.subarray(0, insideCharacter)]),
      end.subarray(insideCharacter),
    ]
    const lines: string[] = []
    const server = await serve(async (_request, response) => {
      for (const chunk of chunks) {
        const complete = lines.length + chunk.filter((byte) => byte === 0x0a).length
        response.write(chunk)
        // Else two chunks could come as one.
        await expect.poll(() => lines.length).toBe(complete)
      }
      response.end()
    })
    using stream = await open(openClient(server.kubeConfig()))
    for await (const line of stream.lines) lines.push(line)
    expect(lines).toEqual(['one', 'two', '', 'three äää'])
  })

  test('fails with the error of the server', async () => {
    const server = await serve((_request, response) => answerJson(response, status(410, 'Expired', 'too old'), 410))
    expect(await failureOf(open(openClient(server.kubeConfig())))).toMatchObject({ status: 410, reason: 'Expired' })
  })

  test('that falls silent is given up, and the next one takes a new connection', async () => {
    const ports: (number | undefined)[] = []
    const server = await serve((_request, response) => {
      ports.push(response.socket?.remotePort)
      response.write('hello\n')
    })
    const clock = createFakeClock()
    const client = openClient(server.kubeConfig(), { clock })
    using stream = await open(client)
    const error = await failureOf(passTime(clock, collect(stream.lines), 10_000))
    expect(error).toMatchObject({ name: 'ApiUnreachableError', code: 'Silent' })
    expect(clock.monotonic()).toBeGreaterThanOrEqual(150_000)
    await expect.poll(() => server.open()).toBe(0)
    expect(clock.pending()).toBe(0)
    using _next = await open(client)
    expect(new Set(ports).size).toBe(2)
  })

  test('that broke is an error', async () => {
    const server = await serve((_request, response) => {
      response.write('one\n', () => response.destroy())
    })
    using stream = await open(openClient(server.kubeConfig()))
    expect(await failureOf(collect(stream.lines))).toMatchObject({ code: 'Interrupted' })
  })

  test('is closed on both sides by its signal, by its disposal and by leaving the loop', async () => {
    const server = await serve((_request, response) => void response.write('one\n'))
    const client = openClient(server.kubeConfig())
    const abort = new AbortController()
    const reason = new Error('enough')
    const aborted = await open(client, abort.signal)
    const disposed = await open(client)
    const left = await open(client)
    expect(server.open()).toBe(3)
    const reading = collect(aborted.lines)
    abort.abort(reason)
    expect(await failureOf(reading)).toBe(reason)
    await expect.poll(() => server.open()).toBe(2)
    disposed[Symbol.dispose]()
    await expect.poll(() => server.open()).toBe(1)
    for await (const line of left.lines) {
      expect(line).toBe('one')
      break
    }
    await expect.poll(() => server.open()).toBe(0)
  })

  test('open streams in any number leave requests their connections', async () => {
    const server = await serve((request, response) => {
      if (request.path === '/watch') response.write('one\n')
      else answerJson(response, { ok: true })
    })
    const client = openClient(server.kubeConfig())
    const streams = await Promise.all(Array.from({ length: 40 }, () => open(client)))
    expect(await client.request({ method: 'GET', path: '/x', signal: never })).toEqual({ ok: true })
    for (const stream of streams) stream[Symbol.dispose]()
    await expect.poll(() => server.open()).toBe(0)
  })
})
