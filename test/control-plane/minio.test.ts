import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'

import { describe, expect, it } from 'vitest'

import { createCertificateAuthority } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { type MinioServer, startMinio } from './minio.ts'

interface AdminInfo {
  readonly info: { readonly servers: readonly { readonly state: string }[] }
}

/** Runs the client and insists on success. */
async function mc(minio: MinioServer, args: readonly string[], input?: string): Promise<string> {
  const { stdout, stderr, code } = await minio.mc(args, input === undefined ? {} : { input })
  if (code !== 0) throw new Error(`mc ${args.join(' ')}: ${stderr}`)
  return stdout
}

async function putObject(minio: MinioServer): Promise<void> {
  await mc(minio, ['mb', 'local/bucket'])
  await mc(minio, ['pipe', 'local/bucket/object'], 'content')
}

describe('one node', () => {
  it('keeps objects and address over a restart', async () => {
    await using minio = await startMinio()
    await putObject(minio)
    await minio.restart()
    expect(await mc(minio, ['cat', 'local/bucket/object'])).toBe('content')
  })

  it('is gone when it is stopped', async () => {
    await using minio = await startMinio()
    await minio.stop(0, 'SIGKILL')
    await expect(fetch(minio.endpoint)).rejects.toThrow('fetch failed')
  })

  it('serves TLS with the certificate it was given', async () => {
    const authority = createCertificateAuthority({ commonName: 'CA' })
    const certificate = authority.issue({ commonName: 'minio', ipAddresses: ['127.0.0.1'] })
    await using minio = await startMinio({ tls: { ...certificate, caPem: authority.certPem } })
    const { hostname, port, protocol } = new URL(minio.endpoint)
    expect(protocol).toBe('https:')
    const socket = connect({ host: hostname, port: Number(port), ca: authority.certPem })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    socket.destroy()
    await putObject(minio)
  })

  it('sees the environment it was given', async () => {
    await using minio = await startMinio({ env: { MINIO_REGION: 'somewhere' } })
    expect(JSON.parse(await mc(minio, ['admin', 'info', 'local', '--json']))).toMatchObject({
      info: { region: 'somewhere' },
    })
  })
})

/** How many nodes the first one reaches. */
async function onlineNodes(minio: MinioServer): Promise<number> {
  const { info } = JSON.parse(await mc(minio, ['admin', 'info', 'local', '--json'])) as AdminInfo
  return info.servers.filter(({ state }) => state === 'online').length
}

/**
 * Reads the object. With a drive gone every other one is needed, and a node passes over a drive for some seconds when a single
 * request to it fails: until its health check brings it back (0.2 s, then less and less often, every 30 s at last) reads
 * are answered by `SlowDownRead`. Nothing but that answer is waited out.
 */
function readObject(minio: MinioServer): Promise<string> {
  return eventually(
    'the object',
    async () => {
      const { stdout, stderr, code } = await minio.mc(['cat', 'local/bucket/object'])
      if (stderr.includes('Resource requested is unreadable')) throw new Error(stderr)
      return code === 0 ? stdout : `mc cat failed: ${stderr}`
    },
    40_000,
  )
}

describe('several nodes', () => {
  it('read on while one is down, and take it back', async () => {
    await using minio = await startMinio({ nodes: 3 })
    expect(minio.endpoints).toHaveLength(3)
    expect(await onlineNodes(minio)).toBe(3)
    await putObject(minio)
    const drives = ['node0', 'node1', 'node2'].map((node) => join(minio.dataDirectory, node, 'bucket/object/xl.meta'))
    expect(drives.filter((path) => existsSync(path))).toEqual(drives)
    await minio.stop(2, 'SIGKILL')
    await expect(fetch(minio.endpoints[2] ?? '')).rejects.toThrow('fetch failed')
    await eventually('the first node notices', async () => ((await onlineNodes(minio)) === 2 ? true : undefined))
    expect(await readObject(minio)).toBe('content')
    await minio.start(2)
    await eventually('the first node sees it again', async () => ((await onlineNodes(minio)) === 3 ? true : undefined))
    // More than all that is waited for above.
  }, 120_000)
})
