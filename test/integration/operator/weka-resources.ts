import type { HecSimulator } from '../../simulators/hec/hec-simulator.ts'
import type { WekaSimulator } from '../../simulators/weka/weka-simulator.ts'
import type { World } from './world.ts'

export const wekaUser = {
  username: 'operator',
  password: 'canary-password-8d1f',
  org: 'Root',
  role: 'ClusterAdmin',
} as const
export const hecToken = 'canary-token-31c7'

/** Credentials, token, CA and S3Cluster as a user would give them. */
export function wekaReferences(
  world: World,
  { weka, hec }: { readonly weka: WekaSimulator; readonly hec: HecSimulator },
): object[] {
  return [
    world.secret('weka', {
      username: wekaUser.username,
      password: wekaUser.password,
      organization: wekaUser.org,
      endpoints: weka.endpoints.map(({ host }) => host).join(','),
      scheme: 'https',
      caCertificate: weka.caPem ?? '',
    }),
    world.secret('token', { token: `${hecToken}\n` }),
    world.secret('splunk-ca', { 'ca.crt': hec.caPem ?? '' }),
    world.s3cluster('weka', { type: 'WEKA', credentialsSecretRef: { name: 'weka' }, driftCheckSeconds: 60 }),
  ]
}

/** A webhook with the shortest probe period and the longest time-out, of which a fast clock leaves little, changed by `spec`. */
export function wekaWebhook(world: World, hec: HecSimulator, spec: object, name: string): object {
  return world.s3auditwebhook(name, {
    clusterRef: { name: 'weka' },
    endpoint: hec.url('raw').href,
    authTokenSecretRef: { name: 'token' },
    tls: { caCertificateRef: { kind: 'Secret', name: 'splunk-ca' } },
    probe: { periodSeconds: 10, timeoutSeconds: 10, failureThreshold: 2, successThreshold: 1 },
    ...spec,
  })
}
