import { systemClock, type Clock } from '../../../src/kube/clock.ts'
import { createAddressGuard } from '../../../src/net/address-guard.ts'
import { createHttpClientFactory } from '../../../src/net/http-client-factory.ts'
import { Secret } from '../../../src/observability/secret.ts'
import { createArgon2 } from '../../../src/providers/minio/argon2.ts'
import { createMinioProvider } from '../../../src/providers/minio/minio-provider.ts'
import { minioSettings } from '../../../src/providers/minio/settings.ts'
import type {
  AuditWebhookProvider,
  DeliveryOptions,
  DeliveryReport,
  DesiredWebhook,
  ObservedWebhook,
} from '../../../src/providers/provider.ts'
import type { MinioServer } from '../../control-plane/minio.ts'

/** The provider as the operator makes it, for tests that name targets. Every call gives up after half a minute. */
export interface ProviderUnderTest extends AsyncDisposable {
  readonly provider: AuditWebhookProvider
  identify(): ReturnType<AuditWebhookProvider['identify']>
  read(targetName: string): Promise<ObservedWebhook>
  /** What is left out: on, without a token, all settings at their defaults. */
  apply(targetName: string, desired: Partial<DesiredWebhook> & Pick<DesiredWebhook, 'endpoint'>): Promise<void>
  remove(targetName: string): Promise<void>
  delivery(targetName: string, options?: Omit<DeliveryOptions, 'signal'>): Promise<DeliveryReport>
}

export interface ProviderUnderTestOptions {
  /** @default the server's root user */
  readonly credentials?: {
    readonly accessKey: string
    readonly secretKey: string
    readonly sessionToken?: string
  }
  /** @default the machine's */
  readonly clock?: Clock
}

export function createProviderUnderTest(minio: MinioServer, options: ProviderUnderTestOptions = {}): ProviderUnderTest {
  const { credentials = minio, clock = systemClock } = options
  const { accessKey, secretKey } = credentials
  const sessionToken = 'sessionToken' in credentials ? credentials.sessionToken : undefined
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], deny: [], refuse: [] })
  const factory = createHttpClientFactory({ clock: systemClock, guard, proxyFromEnvironment: false })
  const provider = createMinioProvider({
    endpoints: minio.endpoints.map((endpoint) => new URL(endpoint)),
    credentials: {
      accessKey,
      secretKey: new Secret(secretKey),
      ...(sessionToken === undefined ? {} : { sessionToken: new Secret(sessionToken) }),
    },
    httpClient: factory.forTrust({ verification: 'Full' }),
    requestTimeoutMilliseconds: 10_000,
    argon2: createArgon2(),
    clock,
  })
  const callOptions = () => ({ signal: AbortSignal.timeout(30_000) })
  return {
    provider,
    identify: () => provider.identify(callOptions()),
    read: (targetName) => provider.read({ targetName }, callOptions()),
    apply: (targetName, desired) =>
      provider.apply(
        { targetName },
        { enabled: true, authorization: undefined, settings: minioSettings({}), ...desired },
        callOptions(),
      ),
    remove: (targetName) => provider.remove({ targetName }, callOptions()),
    async delivery(targetName, options) {
      const report = await provider.delivery?.({ targetName }, { ...callOptions(), ...options })
      if (report === undefined) throw new Error('MinIO tells how delivery goes')
      return report
    },
    async [Symbol.asyncDispose]() {
      await provider[Symbol.asyncDispose]()
      await factory[Symbol.asyncDispose]()
    },
  }
}
