import { stringify } from 'yaml'

/** How a kubeconfig's only user proves who it is. */
export type KubeconfigUser = { readonly token: string } | { readonly certPem: string; readonly keyPem: string }

export interface KubeconfigOptions {
  readonly server: string
  readonly caPem: string
  readonly user: KubeconfigUser
}

/** A kubeconfig with one cluster, one user and nothing but itself: no files are referred to. */
export function kubeconfigYaml({ server, caPem, user }: KubeconfigOptions): string {
  const credentials =
    'token' in user
      ? { token: user.token }
      : { 'client-certificate-data': base64(user.certPem), 'client-key-data': base64(user.keyPem) }
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(caPem) } }],
    users: [{ name: 'test', user: credentials }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  })
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
