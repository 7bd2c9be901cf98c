import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { MinioServer } from '../test/control-plane/minio.ts'
import type { HecSimulator } from '../test/simulators/hec/hec-simulator.ts'
import { namespace } from './manifests.ts'
import type { Narrator } from './narrator.ts'
import { condition, readWebhook } from './read-webhook.ts'

/** What happens to a webhook on a real MinIO: an event arrives, the target goes away, the queue fills and drains. */
export async function walkMinio(
  narrator: Narrator,
  given: {
    readonly minio: MinioServer
    readonly hec: HecSimulator
    readonly queueSize: number
    /** For files of its own. */
    readonly folder: string
  },
): Promise<void> {
  const { minio, hec, queueSize, folder } = given
  const { step, say, kubectl, eventually } = narrator
  const read = () => readWebhook(narrator, 'minio-audit')
  const mc = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await minio.mc(args)
    if (code !== 0) throw new Error(`mc ${args.join(' ')} failed: ${stderr.trim()}`)
  }
  /** Writes objects to the bucket: one PutObject each. */
  const put = async (names: readonly string[]): Promise<void> => {
    const source = await mkdtemp(join(folder, 'objects-'))
    await Promise.all(names.map((name) => writeFile(join(source, name), `object ${name}`)))
    await mc('cp', '--recursive', `${source}/`, 'local/demo/')
  }

  step('An S3 object is written to MinIO, and its audit event arrives at the target')
  await mc('mb', 'local/demo')
  await put(['first'])
  await eventually('the target has the PutObject event of demo/first', () =>
    hec.accepted().some(({ event }) => isPut(event, 'first')) ? true : undefined,
  )
  const received = hec.accepted().find(({ event }) => isPut(event, 'first'))
  say(`received: ${summary(received?.event)}`)

  step('The target goes down: status, Events and the buffer show it')
  await hec.down()
  await eventually('the target is Unreachable', async () =>
    (await read()).status.target?.state === 'Unreachable' ? true : undefined,
  )
  await kubectl(['get', 's3auditwebhooks', '-n', namespace])
  await kubectl(['get', 'events', '-n', namespace, '--field-selector=reason=TargetUnreachable'])

  step(`S3 traffic fills MinIO's real queue (${queueSize} events) and BUFFER shows it`)
  const objects = Array.from({ length: Math.ceil(queueSize / 4) }, (_, index) => `object-${index}`)
  await put(objects)
  await eventually('the buffer is measured at 10 % or more', async () => {
    const { buffer } = (await read()).status
    return buffer?.basis === 'Measured' && (buffer.percentFull ?? 0) >= 10 ? true : undefined
  })
  await kubectl(['get', 's3auditwebhooks', '-n', namespace])
  await kubectl(['get', 's3auditwebhook', 'minio-audit', '-n', namespace, '-o', 'jsonpath={.status.buffer}'])

  step('The target returns and the backlog drains')
  await hec.up()
  await eventually('every object written meanwhile has its event at the target', () =>
    objects.every((name) => hec.accepted().some(({ event }) => isPut(event, name))) ? true : undefined,
  )
  await eventually('the webhook is Ready and its buffer empty', async () => {
    const webhook = await read()
    const ready = condition(webhook, 'Ready')?.status === 'True'
    return ready && webhook.status.buffer?.state === 'Empty' ? true : undefined
  })
  await kubectl(['get', 's3auditwebhooks', '-n', namespace])
  await kubectl(['get', 'events', '-n', namespace, '--field-selector=reason=TargetRecovered'])
}

interface AuditEntry {
  readonly api?: { readonly name?: string; readonly bucket?: string; readonly object?: string }
}

function isPut(event: unknown, object: string): boolean {
  const { api } = event as AuditEntry
  return api?.name === 'PutObject' && api.bucket === 'demo' && api.object === object
}

function summary(event: unknown): string {
  const { api } = (event ?? {}) as AuditEntry
  return JSON.stringify(api)
}
