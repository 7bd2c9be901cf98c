import { parseDuration } from './duration.ts'
import { inRange, single } from './flag-schemas.ts'
import type { Flag } from './flag.ts'
import { type Config, flags } from './flags.ts'

/** Where `uninstall` takes finalizers off, and whom it stops first. */
export interface UninstallConfig extends Pick<
  Config,
  'kubeconfig' | 'namespaces' | 'leaderElect' | 'leaderElectionNamespace'
> {
  readonly timeoutMilliseconds: number
}

/** All flags of `uninstall`, by the setting they make. */
export const uninstallFlags: { readonly [K in keyof UninstallConfig]: Flag<UninstallConfig[K]> } = {
  kubeconfig: flags.kubeconfig,
  namespaces: { ...flags.namespaces, description: 'Namespace whose resources are let go. Without it: all.' },
  leaderElect: {
    ...flags.leaderElect,
    description:
      'Close the lease first, so that no replica that runs puts a finalizer back. Off: no operator may run, or it was started with --no-leader-elect and is stopped.',
  },
  leaderElectionNamespace: {
    ...flags.leaderElectionNamespace,
    description:
      'Namespace of the lease, s3-audit-operator: that of the operator. Without it: that of the pod; outside a pod it is needed, or --no-leader-elect.',
  },
  timeoutMilliseconds: {
    name: 'timeout',
    placeholder: 'duration',
    default: '60s',
    description: 'How long all of it may take. A leader that does not answer is waited for for 15 s of it.',
    rule: 'a duration from 1s to 1h, as in 90s or 2m',
    schema: single((text) => inRange(parseDuration(text), 1000, 3_600_000)),
  },
}
