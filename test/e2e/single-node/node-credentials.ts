import { generateKeyPairSync } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { kubeconfigYaml } from '../../control-plane/kubeconfig.ts'
import { createCertificateAuthority } from '../../support/certificates.ts'
import { nodeName, nodeNetwork } from './node-layout.ts'

/** Files with keys, certificates and kubeconfigs of one node; all certificates are of one CA. */
export interface NodeCredentials {
  readonly caPem: string
  readonly authorityCertificate: string
  readonly serviceAccountKey: string
  readonly apiServer: CertificateFiles
  /** What the API server shows to the kubelet. */
  readonly kubeletClient: CertificateFiles
  /** Of programs inside of the node. */
  readonly kubeconfigs: Readonly<Record<'controllerManager' | 'kubelet' | 'kubeProxy' | 'scheduler', string>>
  /** Writes the kubeconfig of the administrator for an address of the API server. */
  adminKubeconfig(server: string): Promise<string>
}

export interface CertificateFiles {
  readonly certificate: string
  readonly key: string
}

export async function createNodeCredentials(directory: string): Promise<NodeCredentials> {
  const authority = createCertificateAuthority({ commonName: 'e2e cluster' })
  await mkdir(directory)
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
  const writeCertificate = async (
    name: string,
    request: Parameters<typeof authority.issue>[0],
  ): Promise<CertificateFiles> => {
    const { certPem, keyPem } = authority.issue(request)
    return { certificate: await write(`${name}.crt`, certPem), key: await write(`${name}.key`, keyPem) }
  }
  const writeKubeconfig = (server: string, name: string, organizations: readonly string[] = []): Promise<string> => {
    const user = authority.issue({ commonName: name, organizations })
    return write(`${name.replaceAll(':', '-')}.kubeconfig`, kubeconfigYaml({ server, caPem: authority.certPem, user }))
  }
  const inside = `https://${nodeNetwork.node}:${nodeNetwork.apiServerPort}`
  const serviceAccount = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    caPem: authority.certPem,
    authorityCertificate: await write('ca.crt', authority.certPem),
    // SEC 1 is the one form of an EC key from which Kubernetes reads the public half too.
    serviceAccountKey: await write(
      'service-account.key',
      serviceAccount.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
    ),
    apiServer: await writeCertificate('api-server', {
      commonName: 'kube-apiserver',
      dnsNames: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
      ipAddresses: ['127.0.0.1', nodeNetwork.node, nodeNetwork.apiServerService],
    }),
    kubeletClient: await writeCertificate('kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
    }),
    kubeconfigs: {
      controllerManager: await writeKubeconfig(inside, 'system:kube-controller-manager'),
      kubelet: await writeKubeconfig(inside, `system:node:${nodeName}`, ['system:nodes']),
      kubeProxy: await writeKubeconfig(inside, 'system:kube-proxy'),
      scheduler: await writeKubeconfig(inside, 'system:kube-scheduler'),
    },
    adminKubeconfig: (server) => writeKubeconfig(server, 'admin', ['system:masters']),
  }
}
