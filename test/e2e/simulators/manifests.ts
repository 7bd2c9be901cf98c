import { imageUser } from '../../../scripts/image/node-files.ts'
import type { IssuedCertificate } from '../../support/certificates.ts'
import { minioImageName } from './minio-image.ts'
import { simulatorImageName } from './simulator-image.ts'

export const simulatorNamespace = 'simulators'
export const wekaPassword = 'a-password-for-the-story'
export const minioKeys = { accessKey: 'admin', secretKey: 'a-secret-key-for-the-story' } as const

/** What a namespace says in order to take only pods of the Pod Security Standard "restricted". */
export const restricted = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
} as const

export const namespaceObject: object = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: simulatorNamespace, labels: restricted },
}

const ports: Readonly<Record<'hec' | 'minio' | 'weka', readonly object[]>> = {
  hec: [{ name: 'collector', port: 8088 }],
  minio: [{ name: 's3', port: 9000 }],
  weka: [
    ...[0, 1, 2].map((backend) => ({ name: `backend-${backend}`, port: 14_000 + backend })),
    { name: 'control', port: 14_900 },
  ],
}

export function serviceObject(name: keyof typeof ports): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: simulatorNamespace },
    spec: { selector: { app: name }, ports: ports[name] },
  }
}

export function hecObjects(given: {
  readonly certificate: IssuedCertificate
  readonly tokens: readonly string[]
}): readonly object[] {
  return [
    secret('hec-certificate', { 'tls.crt': given.certificate.certPem, 'tls.key': given.certificate.keyPem }),
    deployment({
      name: 'hec',
      image: simulatorImageName,
      args: [
        '/app/hec.mjs',
        '--host=0.0.0.0',
        '--cert=/files/tls.crt',
        '--key=/files/tls.key',
        ...given.tokens.map((token) => `--token=${token}`),
      ],
      files: { secretName: 'hec-certificate', path: '/files' },
      probe: { path: '/_sim/state', port: 8088, scheme: 'HTTPS' },
    }),
  ]
}

export function wekaObjects(given: { readonly address: string; readonly targetCaPem: string }): readonly object[] {
  return [
    secret('weka-files', { 'target-ca.crt': given.targetCaPem, password: wekaPassword }),
    deployment({
      name: 'weka',
      image: simulatorImageName,
      args: [
        '/app/weka.mjs',
        `--advertise=${given.address}`,
        '--control-port=14900',
        '--restart-ms=500',
        '--delivery=minio-current',
        '--target-ca=/files/target-ca.crt',
      ],
      files: { secretName: 'weka-files', path: '/files' },
      env: [{ name: 'WEKA_SIMULATOR_PASSWORD', valueFrom: { secretKeyRef: { name: 'weka-files', key: 'password' } } }],
      probe: { path: '/_sim/state', port: 14_900, scheme: 'HTTP' },
    }),
  ]
}

export function minioObjects({ targetCaPem }: { readonly targetCaPem: string }): readonly object[] {
  const { accessKey, secretKey } = minioKeys
  return [
    secret('minio-authorities', { 'targets.crt': targetCaPem }),
    deployment({
      name: 'minio',
      image: minioImageName,
      args: ['server', '--address=:9000', '--certs-dir=/certs', '/data/drive'],
      files: { secretName: 'minio-authorities', path: '/certs/CAs' },
      scratch: '/data',
      env: Object.entries({
        MINIO_ROOT_USER: accessKey,
        MINIO_ROOT_PASSWORD: secretKey,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
        // MinIO's client, which is run in this pod.
        MC_HOST_local: `http://${accessKey}:${secretKey}@127.0.0.1:9000`,
        MC_CONFIG_DIR: '/data/mc',
      }).map(([name, value]) => ({ name, value })),
      probe: { path: '/minio/health/ready', port: 9000, scheme: 'HTTP' },
    }),
  ]
}

function secret(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: simulatorNamespace }, stringData }
}

function deployment(given: {
  readonly name: string
  readonly image: string
  readonly args: readonly string[]
  /** A Secret, and where it is mounted. */
  readonly files: { readonly secretName: string; readonly path: string }
  /** Where it may write. */
  readonly scratch?: string
  readonly env?: readonly object[]
  readonly probe: object
}): object {
  const { name, image, args, files, scratch, env = [] } = given
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: simulatorNamespace },
    spec: {
      replicas: 1,
      // The simulated cluster is one: two pods would be two.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 1,
          securityContext: { runAsNonRoot: true, fsGroup: imageUser, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name,
              image,
              imagePullPolicy: 'Never',
              args,
              env,
              readinessProbe: { httpGet: given.probe, periodSeconds: 1 },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'files', mountPath: files.path, readOnly: true },
                ...(scratch === undefined ? [] : [{ name: 'scratch', mountPath: scratch }]),
              ],
            },
          ],
          volumes: [
            { name: 'files', secret: { secretName: files.secretName } },
            { name: 'scratch', emptyDir: {} },
          ],
        },
      },
    },
  }
}
