import { describe, expect, it } from 'vitest'

import { createCertificateAuthority } from '../../../test/support/certificates.ts'
import { parseS3ClusterSpec, type S3ClusterSpec } from '../../api/s3-cluster.ts'
import type { ReferencedObject, ReferenceReader } from '../references.ts'
import { resolveCluster, type ResolvedCluster } from './resolve-cluster.ts'

const { certPem } = createCertificateAuthority({ commonName: 'WEKA' })

/** As the example of WEKA's CSI driver has it: values in base64, some empty, a line break behind the list, keys of no use here. */
const csiExample = {
  username: 'YWRtaW4=',
  password: 'YWRtaW4=',
  organization: 'Um9vdA==',
  endpoints: Buffer.from('172.31.41.54:14000,172.31.47.152:14000,172.31.38.250:14000\n').toString('base64'),
  scheme: 'aHR0cA==',
  localContainerName: '',
  autoUpdateEndpoints: 'ZmFsc2U=',
  nfsTargetIps: '',
  caCertificate: '',
}

type Objects = Readonly<Record<string, ReferencedObject>>

function secret(values: Readonly<Record<string, string>>, resourceVersion = '1'): ReferencedObject {
  const data = Object.entries(values).map(([key, value]) => [key, new Uint8Array(Buffer.from(value, 'base64'))])
  return { uid: 'u', resourceVersion, data: Object.fromEntries(data) as Record<string, Uint8Array> }
}

function wekaSpec(change: object = {}): S3ClusterSpec {
  const parsed = parseS3ClusterSpec({ type: 'WEKA', credentialsSecretRef: { name: 'weka' }, ...change })
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.spec
}

function resolve(objects: Objects, change: object = {}): Promise<ResolvedCluster> {
  const reader: ReferenceReader = {
    read: (kind, { namespace, name }) => Promise.resolve(objects[`${kind}/${namespace}/${name}`]),
  }
  return resolveCluster(wekaSpec(change), 'audit', reader, { signal: new AbortController().signal })
}

async function accessOf(
  objects: Objects,
  change: object = {},
): Promise<Extract<ResolvedCluster, { state: 'Ready' }>['access']> {
  const resolved = await resolve(objects, change)
  if (resolved.state === 'Problem') expect.fail(resolved.message)
  return resolved.access
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const inCluster = (values: Readonly<Record<string, string>>, version?: string): Objects => ({
  'Secret/audit/weka': secret(values, version),
})

describe('a Secret of the CSI driver', () => {
  it('is taken as its example has it', async () => {
    const access = await accessOf(inCluster(csiExample))
    expect(access.endpoints.map(String)).toEqual([
      'http://172.31.41.54:14000/',
      'http://172.31.47.152:14000/',
      'http://172.31.38.250:14000/',
    ])
    expect(access.trust).toEqual({ verification: 'Full' })
    expect(access).toMatchObject({ type: 'WEKA', credentials: { username: 'admin', organization: 'Root' } })
    expect(access.type === 'WEKA' && access.credentials.password.reveal()).toBe('admin')
  })

  it('brings the CA that is trusted, unless the spec names one', async () => {
    const other = createCertificateAuthority({ commonName: 'Other' }).certPem
    const objects = {
      ...inCluster({ ...csiExample, scheme: base64('https'), caCertificate: base64(`${certPem}\n`) }),
      'ConfigMap/audit/ca': secret({ 'ca.crt': base64(other) }),
    }
    expect((await accessOf(objects)).trust.caCertificate).toBe(certPem)
    const tls = { caCertificateRef: { kind: 'ConfigMap', name: 'ca' } }
    expect((await accessOf(objects, { tls })).trust.caCertificate).toBe(other)
  })

  it('is named when it cannot be used, without its values', async () => {
    const noCa = inCluster({ ...csiExample, caCertificate: base64('s3cret-rubbish') })
    expect(await resolve(noCa)).toMatchObject({ state: 'Problem', reason: 'CAInvalid' })
    expect(JSON.stringify(await resolve(noCa))).not.toContain('s3cret')
    const { password: _password, ...incomplete } = csiExample
    expect(await resolve(inCluster(incomplete))).toMatchObject({
      reason: 'SecretKeyMissing',
      message: expect.stringContaining("Secret 'weka' in namespace 'audit'") as string,
    })
    expect(await resolve({})).toMatchObject({ state: 'Problem', reason: 'SecretNotFound' })
  })
})

describe('the connection', () => {
  const fingerprint = async (objects: Objects, change: object = {}): Promise<string> =>
    (await accessOf(objects, change)).fingerprint

  it('stays when a Secret or a CA is touched and says the same', async () => {
    const tls = { caCertificateRef: { kind: 'Secret', name: 'ca' } }
    const at = (version: string): Objects => ({
      ...inCluster(csiExample, version),
      'Secret/audit/ca': secret({ 'ca.crt': base64(certPem) }, version),
    })
    expect(await fingerprint(at('2'), { tls })).toBe(await fingerprint(at('1'), { tls }))
  })

  it.each([
    { name: 'the password', given: { password: base64('another') } },
    { name: 'the endpoints', given: { endpoints: base64('172.31.41.54') } },
    { name: 'a value moved to another key', given: { organization: '', org: csiExample.organization } },
  ])('is made anew when $name changes', async ({ given }) => {
    const changed = await fingerprint(inCluster({ ...csiExample, ...given }))
    expect(changed).not.toBe(await fingerprint(inCluster(csiExample)))
  })

  it('has a fingerprint that holds no secret', async () => {
    const values = { ...csiExample, password: base64('s3cret') }
    const text = await fingerprint(inCluster(values))
    for (const secret of ['s3cret', base64('s3cret')]) expect(text).not.toContain(secret)
  })
})
