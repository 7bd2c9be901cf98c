import type { DoctorConfig } from './config.ts'
import { describeFailure } from './describe-failure.ts'
import { diagnose } from './doctor/diagnose.ts'
import { gatherFacts } from './doctor/gather-facts.ts'
import { printDiagnosis } from './doctor/print-diagnosis.ts'
import type { Clock } from './kube/clock.ts'
import { createDeadline } from './kube/deadline.ts'
import { apiServerAddresses, createCommandClient, leaseName, loadKubeConfig } from './kubernetes-access.ts'
import { createAddressGuard } from './net/address-guard.ts'
import { createHttpClientFactory } from './net/http-client-factory.ts'
import { createTargetTester } from './target/ladder.ts'
import { version } from './version.ts'

export interface RunDoctorOptions {
  readonly config: DoctorConfig
  /** Of the one resource that is meant; undefined: all of the namespace. */
  readonly name: string | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly newId: () => string
  /** Standard output, for the findings. */
  readonly write: (text: string) => void
  /** Standard error, for why there are none. */
  readonly writeError: (text: string) => void
  readonly signal: AbortSignal
}

/** What the command ends with: nothing is wrong; findings; bad arguments, or the API server does not answer or refuses. */
export type DoctorExitCode = 0 | 1 | 2

const overallMilliseconds = 120_000

/** Looks at resources with the rights of the user and tells what is wrong and what to do. Changes nothing. Notices are no findings. */
export async function runDoctor(options: RunDoctorOptions): Promise<DoctorExitCode> {
  const { config, name, clock, write, writeError } = options
  using deadline = createDeadline({
    clock,
    milliseconds: overallMilliseconds,
    signal: options.signal,
    reason: () => new Error(`it took longer than ${overallMilliseconds / 1000} s`),
  })
  const { signal } = deadline
  try {
    const kubeConfig = loadKubeConfig(config.kubeconfig)
    await using client = createCommandClient(kubeConfig, options)
    await using httpClients = createHttpClientFactory({
      clock,
      guard: createAddressGuard({
        allow: config.allowEndpointCidrs,
        deny: config.denyEndpointCidrs,
        refuse: apiServerAddresses(kubeConfig),
      }),
      proxyFromEnvironment: config.proxyFromEnvironment,
    })
    const context = kubeConfig.getContextObject(kubeConfig.getCurrentContext())
    const facts = await gatherFacts({
      client,
      namespace: config.allNamespaces ? '' : (config.namespace ?? context?.namespace ?? 'default'),
      name,
      leaseName,
      leaseNamespace: config.leaderElectionNamespace,
      tester: config.test ? createTargetTester({ httpClients, clock, newId: options.newId, version }) : undefined,
      clock,
      signal,
    })
    const findings = diagnose(facts)
    write(printDiagnosis(facts, findings))
    return findings.some(({ severity }) => severity !== 'Notice') ? 1 : 0
  } catch (error) {
    writeError(`s3-audit-operator: ${describeFailure(error)}\n`)
    return 2
  }
}
