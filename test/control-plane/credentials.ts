import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createCertificateAuthority, type IssuedCertificate } from '../support/certificates.ts'

/** Keys and tokens of one control plane, and the files that its programs read. */
export interface ControlPlaneCredentials {
  /** Signs the serving certificate and the client certificates of users. */
  readonly authority: IssuedCertificate & { readonly commonName: string }
  /** Of a user in `system:masters`. */
  readonly adminToken: string
  readonly files: {
    readonly authorityCertificate: string
    /** Of API server and etcd. */
    readonly servingCertificate: string
    readonly servingKey: string
    readonly serviceAccountKey: string
    readonly tokens: string
  }
}

export async function createControlPlaneCredentials(directory: string): Promise<ControlPlaneCredentials> {
  const commonName = 'test control plane'
  const authority = createCertificateAuthority({ commonName })
  const serving = authority.issue({
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1', '::1'],
  })
  const serviceAccount = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const adminToken = randomBytes(16).toString('hex')
  await mkdir(directory)
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
  return {
    authority: { commonName, certPem: authority.certPem, keyPem: authority.keyPem },
    adminToken,
    files: {
      authorityCertificate: await write('ca.crt', authority.certPem),
      servingCertificate: await write('server.crt', serving.certPem),
      servingKey: await write('server.key', serving.keyPem),
      // SEC 1 is the one form of an EC key from which Kubernetes reads the public half too.
      serviceAccountKey: await write(
        'service-account.key',
        serviceAccount.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      ),
      // token, user, uid, groups
      tokens: await write('tokens.csv', `${adminToken},admin,admin,system:masters\n`),
    },
  }
}
