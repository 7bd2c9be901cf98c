import { z } from 'zod'

import type { LogLevel } from '../observability/logger.ts'
import { parseDuration } from './duration.ts'
import { cidrs, inRange, optional, readBoolean, single } from './flag-schemas.ts'
import type { Flag } from './flag.ts'
import { type ListenAddress, parseListenAddress } from './listen-address.ts'

/** How the process runs, as flags and environment say. */
export interface Config {
  /** Path; undefined: KUBECONFIG, else the cluster that the process runs in. */
  readonly kubeconfig: string | undefined
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[]
  readonly listen: ListenAddress
  /** Only one of several processes works. */
  readonly leaderElect: boolean
  /** Of the lease; undefined only without leader election. */
  readonly leaderElectionNamespace: string | undefined
  /** Passes at a time, of each kind. */
  readonly concurrency: number
  readonly secretAccess: 'Watch' | 'Get'
  readonly allowEndpointCidrs: readonly string[]
  readonly denyEndpointCidrs: readonly string[]
  readonly deletionTimeoutMilliseconds: number
  readonly proxyFromEnvironment: boolean
  /** Undefined: the uid of the namespace kube-system. */
  readonly installationId: string | undefined
  readonly logLevel: LogLevel
}

const namespaceName = z.string().regex(/^[a-z\d](?:[-a-z\d]{0,61}[a-z\d])?$/)
const trueOrFalse = 'true or false'
const namespaceRule = 'the name of a namespace: up to 63 lower-case letters, digits and dashes'

/** All flags, by the setting they make. */
export const flags: { readonly [K in keyof Config]: Flag<Config[K]> } = {
  kubeconfig: {
    name: 'kubeconfig',
    placeholder: 'path',
    default: '',
    description:
      'Kubeconfig file of the API server. Without it: KUBECONFIG, else ~/.kube/config, else the service account of the pod.',
    rule: 'the path of a file',
    schema: optional(z.string().min(1)),
  },
  namespaces: {
    name: 'namespace',
    placeholder: 'name',
    repeatable: true,
    default: '',
    description: 'Namespace to work in. Without it: all.',
    rule: namespaceRule,
    schema: z.array(namespaceName).readonly(),
  },
  listen: {
    name: 'listen',
    placeholder: 'address',
    default: ':8080',
    description: 'Where /livez, /readyz and /metrics are served.',
    rule: 'a port after a colon, with or without a host before it: :8080, 127.0.0.1:0 or [::1]:8080',
    schema: single(parseListenAddress),
  },
  leaderElect: {
    name: 'leader-elect',
    default: 'true',
    description:
      'Work only while holding the lease, so that of several replicas one works and another takes over when it ends. Off: exactly one process may run.',
    rule: trueOrFalse,
    schema: single(readBoolean),
  },
  leaderElectionNamespace: {
    name: 'leader-election-namespace',
    placeholder: 'name',
    default: '',
    description:
      'Namespace of the lease, s3-audit-operator, the same for all replicas. Without it: that of the pod; outside a pod it is needed, or --no-leader-elect.',
    rule: namespaceRule,
    schema: optional(namespaceName),
  },
  concurrency: {
    name: 'concurrency',
    placeholder: 'number',
    default: '128',
    description:
      'How many resources of one kind are worked on at a time. Most of it is waiting for S3 clusters, so this is more than the number of clusters that may hang at once.',
    rule: 'a whole number from 1 to 256',
    schema: single((text) => inRange(/^\d{1,3}$/.test(text) ? Number(text) : undefined, 1, 256)),
  },
  secretAccess: {
    name: 'secret-access',
    placeholder: 'mode',
    default: 'Watch',
    description:
      'How Secrets and ConfigMaps are followed. Watch: their metadata is watched, and a rotation is seen at once. Get: they are only read, which needs less privilege, and a rotation is seen at the next drift check.',
    rule: 'Watch or Get',
    schema: single((text) => (text === 'Watch' || text === 'Get' ? text : undefined)),
  },
  allowEndpointCidrs: {
    name: 'allow-endpoint-cidr',
    placeholder: 'cidr',
    repeatable: true,
    default: '',
    description:
      'Addresses that endpoints in resources may lead to although they are refused by default (loopback, link-local, metadata services, multicast, the API server). The longest prefix among all rules decides.',
    rule: 'an address block as in 10.0.0.0/8 or fd00::/8, or one address',
    schema: cidrs(),
  },
  denyEndpointCidrs: {
    name: 'deny-endpoint-cidr',
    placeholder: 'cidr',
    repeatable: true,
    default: '',
    description:
      'Addresses that endpoints must not lead to. Between equal prefixes it wins over --allow-endpoint-cidr; 0.0.0.0/0 and ::/0 leave only what is allowed.',
    rule: 'an address block as in 10.0.0.0/8 or fd00::/8, or one address',
    schema: cidrs(),
  },
  deletionTimeoutMilliseconds: {
    name: 'deletion-timeout',
    placeholder: 'duration',
    default: '15m',
    description:
      'How long the deletion of an S3AuditWebhook waits for an S3 cluster that does not answer, before the webhook is left behind there.',
    rule: 'a duration from 0s to 24h, as in 90s, 15m or 1h30m',
    schema: single((text) => inRange(parseDuration(text), 0, 86_400_000)),
  },
  proxyFromEnvironment: {
    name: 'proxy-from-environment',
    default: 'false',
    description: 'Reach S3 clusters and targets through the proxies that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.',
    rule: trueOrFalse,
    schema: single(readBoolean),
  },
  installationId: {
    name: 'installation-id',
    placeholder: 'id',
    default: '',
    description:
      'Tells the webhooks of two Kubernetes clusters apart on one MinIO; changing it makes new webhooks there. Without it: the uid of the namespace kube-system.',
    rule: 'up to 63 letters, digits, dots, dashes and underscores',
    schema: optional(z.string().regex(/^[A-Za-z\d](?:[-_.A-Za-z\d]{0,61}[A-Za-z\d])?$/)),
  },
  logLevel: {
    name: 'log-level',
    placeholder: 'level',
    default: 'info',
    description: 'What is logged at least: debug, info, warn or error. SIGUSR2 switches debug on and off.',
    rule: 'debug, info, warn or error',
    schema: single((text) =>
      text === 'debug' || text === 'info' || text === 'warn' || text === 'error' ? text : undefined,
    ),
  },
}
