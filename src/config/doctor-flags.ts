import { readBoolean, single } from './flag-schemas.ts'
import type { Flag } from './flag.ts'
import { type Config, flags } from './flags.ts'

/** What `doctor` looks at, and how far it goes. */
export interface DoctorConfig extends Pick<
  Config,
  'kubeconfig' | 'leaderElectionNamespace' | 'allowEndpointCidrs' | 'denyEndpointCidrs' | 'proxyFromEnvironment'
> {
  /** Undefined: that of the kubeconfig's context. */
  readonly namespace: string | undefined
  readonly allNamespaces: boolean
  /** Climb the ladder of tests from here. */
  readonly test: boolean
}

/** All flags of `doctor`, by the setting they make. */
export const doctorFlags: { readonly [K in keyof DoctorConfig]: Flag<DoctorConfig[K]> } = {
  kubeconfig: {
    ...flags.kubeconfig,
    description: 'Kubeconfig file: yours will do. Without it: KUBECONFIG, else ~/.kube/config.',
  },
  namespace: {
    ...flags.leaderElectionNamespace,
    name: 'namespace',
    short: 'n',
    description: "Namespace of the resources. Without it: that of the kubeconfig's context, else default.",
  },
  allNamespaces: {
    name: 'all-namespaces',
    short: 'A',
    default: 'false',
    description: 'Look at the resources of all namespaces.',
    rule: 'true or false',
    schema: single(readBoolean),
  },
  leaderElectionNamespace: {
    ...flags.leaderElectionNamespace,
    description:
      'Namespace of the operator, where its lease is. Without it: the lease is looked for in all namespaces.',
  },
  test: {
    name: 'test',
    default: 'false',
    description:
      'Test the target of each S3AuditWebhook from here too, levels 0 to 2: no event is sent. The token of the Secret is, as the operator sends it. What this machine can reach may differ from what the operator can.',
    rule: 'true or false',
    schema: single(readBoolean),
  },
  allowEndpointCidrs: flags.allowEndpointCidrs,
  denyEndpointCidrs: flags.denyEndpointCidrs,
  proxyFromEnvironment: flags.proxyFromEnvironment,
}
