import { z } from 'zod'

import { dataKey, objectName } from './scalars.ts'
import type { ShapeOf } from './schema-of.ts'

export type TlsVerification = 'Full' | 'None'

/** Where a PEM bundle of certificate authorities is kept, in the namespace of the resource. */
export interface CaCertificateRef {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly name: string
  readonly key: string
}

export interface TlsOptions {
  /** Replaces the system's roots; absent: the system's roots. */
  readonly caCertificateRef?: CaCertificateRef
  /** SNI and the name looked for in the certificate; absent: the host of the URL. */
  readonly serverName?: string
  readonly verification: TlsVerification
}

const caCertificateRef = z.object({
  kind: z.enum(['Secret', 'ConfigMap']).describe('What holds the bundle: Secret or ConfigMap.'),
  name: objectName().describe('Name of the Secret or ConfigMap, in the namespace of this resource.'),
  key: dataKey().default('ca.crt').describe('Key of the bundle in it. Default: ca.crt.'),
} satisfies ShapeOf<CaCertificateRef>)

const tlsOptions = z.object({
  caCertificateRef: caCertificateRef
    .describe(
      'Certificate authorities to trust, as a PEM bundle. It replaces the system roots, nothing is added to them. Default: the system roots.',
    )
    .exactOptional(),
  serverName: z
    .string()
    .min(1)
    .max(253)
    .regex(/^([a-zA-Z0-9_]([-a-zA-Z0-9_]*[a-zA-Z0-9_])?\.)*[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/u, 'must be a DNS name')
    .describe('Name to ask for (SNI) and to find in the certificate. Default: the host of the URL.')
    .exactOptional(),
  verification: z
    .enum(['Full', 'None'])
    .default('Full')
    .describe(
      'Full checks the certificate chain and the name. None accepts any certificate: anybody on the way can read and change what is sent; conditions and metrics say so. Default: Full.',
    ),
} satisfies ShapeOf<TlsOptions>)

/** The `tls` block with its defaults, described by its owner. */
export function tlsBlock(description: string): z.ZodType<TlsOptions> {
  return tlsOptions.prefault({}).describe(description)
}
