import { isDeepStrictEqual } from 'node:util'

import { acceptClusterId, clusterFinalizer } from '../../api/annotations.ts'
import {
  parseS3ClusterSpec,
  s3ClusterType,
  type S3Cluster,
  type S3ClusterSpec,
  type S3ClusterStatus,
} from '../../api/s3-cluster.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Reconcile, ReconcileResult } from '../../kube/controller.ts'
import { objectKey, objectName, type ObjectName } from '../../kube/resource.ts'
import type { RestClient } from '../../kube/rest-client.ts'
import type { Store } from '../../kube/store.ts'
import { minioTargetName } from '../../providers/minio/target-name.ts'
import { ProviderError } from '../../providers/provider-error.ts'
import type { AuditWebhookProvider, ClusterIdentity } from '../../providers/provider.ts'
import { backOff } from '../back-off.ts'
import { setFinalizer } from '../finalizer.ts'
import type { InstallationId, ReadInstallationId } from '../installation-id.ts'
import { createInterruptions, InterruptedError } from '../interruptions.ts'
import { forbiddenMilliseconds } from '../read-forbidden-error.ts'
import type { ReferenceReader } from '../references.ts'
import type { StatusWriter } from '../status-writer.ts'
import { timestamp } from '../timestamp.ts'
import type { ClusterRegistry } from './cluster-registry.ts'
import { reportCluster, type ClusterFinding } from './cluster-report.ts'
import type { ClusterConnection } from './cluster-state.ts'
import type { CreateProvider } from './create-provider.ts'
import { identifyCluster } from './identify-cluster.ts'
import { resolveCluster, type ClusterAccess } from './resolve-cluster.ts'

export interface S3ClusterReconcilerOptions {
  readonly client: RestClient
  readonly clusters: Store<S3Cluster>
  /** How many webhooks refer to the cluster. */
  readonly webhooksOf: (name: ObjectName) => number
  readonly registry: ClusterRegistry
  readonly reader: ReferenceReader
  readonly readInstallationId: ReadInstallationId
  readonly createProvider: CreateProvider
  readonly statuses: StatusWriter<S3ClusterStatus>
  readonly metrics: S3ClusterMetrics
  readonly clock: Clock
  readonly random: () => number
}

/** What the metrics are told of a cluster. */
export interface S3ClusterMetrics {
  observe(cluster: S3Cluster, status: S3ClusterStatus): void
  forget(name: ObjectName): void
}

type Naming =
  | { readonly state: 'Named'; readonly targetName: ClusterConnection['targetName'] }
  | Extract<InstallationId, { readonly state: 'Problem' }>

/** A provider and the access it was made for. */
interface Session {
  readonly fingerprint: string
  readonly provider: AuditWebhookProvider
  failures: number
  epoch: number
}

export interface S3ClusterReconciler extends AsyncDisposable {
  readonly reconcile: Reconcile
  /** To be called when the cluster, or a webhook that refers to it, was changed: ends a question that nobody needs any more. */
  readonly review: (key: string) => void
}

/**
 * Keeps the connection to each S3 cluster: resolves references, proves address and credentials by asking who the cluster is,
 * and tells the webhooks through the registry. A failing cluster is asked again with growing delays of its own.
 */
export function createS3ClusterReconciler(options: S3ClusterReconcilerOptions): S3ClusterReconciler {
  const { client, clusters, registry, reader, statuses, metrics, clock, random } = options
  const sessions = new Map<string, Session>()
  const questions = createInterruptions((key) => {
    const cluster = clusters.get(key)
    if (cluster === undefined) return true
    return cluster.metadata.deletionTimestamp !== undefined && options.webhooksOf(objectName(cluster)) === 0
  })

  async function reconcile(name: ObjectName, { signal }: { readonly signal: AbortSignal }): Promise<ReconcileResult> {
    try {
      return await passOver(name, signal)
    } catch (error) {
      if (error instanceof InterruptedError) return {}
      throw error
    }
  }

  async function passOver(name: ObjectName, signal: AbortSignal): Promise<ReconcileResult> {
    const key = objectKey(name)
    const cluster = clusters.get(key)
    if (cluster === undefined) {
      registry.remove(name)
      statuses.forget(key)
      await endSession(key)
      metrics.forget(name)
      return {}
    }
    const referenced = options.webhooksOf(name) > 0
    await setFinalizer(client, s3ClusterType, cluster, { finalizer: clusterFinalizer, present: referenced, signal })
    if (cluster.metadata.deletionTimestamp !== undefined && !referenced) return {}

    const parsed = parseS3ClusterSpec(cluster.spec)
    if ('problem' in parsed) return await conclude(cluster, { reason: 'InvalidSpec', message: parsed.problem }, signal)
    return await connect(cluster, parsed.spec, signal)
  }

  async function connect(cluster: S3Cluster, spec: S3ClusterSpec, signal: AbortSignal): Promise<ReconcileResult> {
    const resolved = await resolveCluster(spec, cluster.metadata.namespace ?? '', reader, { signal })
    if (resolved.state === 'Problem') return await concludeProblem(cluster, spec, resolved, signal)
    const naming = await nameTargets(spec, signal)
    if (naming.state === 'Problem') return await concludeProblem(cluster, spec, naming, signal)

    const session = await sessionFor(objectName(cluster), resolved.access)
    try {
      const found = await questions.run(objectKey(objectName(cluster)), signal, (question) =>
        identifyCluster(session.provider, { clock, signal: question }),
      )
      const known = statuses.current(cluster)?.identity
      const changed = identityChange(cluster, known, found)
      if (changed !== undefined) return await conclude(cluster, changed, signal)
      if (session.failures > 0) session.epoch++
      session.failures = 0
      const identity = known !== undefined && isDeepStrictEqual(known, found) ? known : found
      const message = connectedMessage(identity, spec)
      await conclude(cluster, { reason: 'Connected', message, identity }, signal, {
        type: spec.type,
        identity,
        provider: session.provider,
        targetName: naming.targetName,
        driftCheckSeconds: spec.driftCheckSeconds,
        epoch: session.epoch,
      })
      return { requeueAfterMilliseconds: nextCheckMilliseconds(spec) }
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      session.failures++
      await conclude(cluster, { reason: findingReason(error), message: error.message }, signal)
      const delay = Math.max(backOff(session.failures, random), error.retryAfterMilliseconds ?? 0)
      // The session itself holds logins back; a Secret that is not watched is to be looked at meanwhile.
      const held = error.code === 'CredentialsRejected' || error.code === 'CredentialsLockedOut'
      return { requeueAfterMilliseconds: held ? Math.min(delay, spec.driftCheckSeconds * 1000) : delay }
    }
  }

  /** MinIO has many webhooks, so that each needs a name of its own. */
  async function nameTargets(spec: S3ClusterSpec, signal: AbortSignal): Promise<Naming> {
    if (spec.type === 'WEKA') return unnamed
    const read = await options.readInstallationId({ signal })
    if (read.state === 'Problem') return read
    return { state: 'Named', targetName: (name) => minioTargetName({ installationId: read.id, ...name }) }
  }

  /** What is watched brings a pass by itself; rights never are, nor Secrets with `--secret-access=Get`. */
  async function concludeProblem(
    cluster: S3Cluster,
    spec: S3ClusterSpec,
    problem: Pick<ClusterFinding, 'reason' | 'message'>,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    await conclude(cluster, problem, signal)
    const forbidden = problem.reason === 'ReadForbidden'
    return { requeueAfterMilliseconds: forbidden ? forbiddenMilliseconds : nextCheckMilliseconds(spec) }
  }

  function nextCheckMilliseconds({ driftCheckSeconds }: S3ClusterSpec): number {
    return driftCheckSeconds * 1000 * (0.9 + random() * 0.2)
  }

  async function conclude(
    cluster: S3Cluster,
    finding: ClusterFinding,
    signal: AbortSignal,
    connection?: ClusterConnection,
  ): Promise<ReconcileResult> {
    const name = objectName(cluster)
    const last = registry.lastConnection(name)
    if (connection !== undefined) registry.set(name, { state: 'Connected', connection })
    else if (finding.reason !== 'Connected') {
      registry.set(name, {
        state: 'NotReady',
        reason: finding.reason,
        message: finding.message,
        ...(last === undefined ? {} : { last }),
      })
    }
    const status = statuses.current(cluster)
    const next = reportCluster(cluster, status, finding, timestamp(clock))
    const written = await statuses.write(cluster, next, { signal })
    // What the cache holds anyway need not be kept a second time.
    metrics.observe(cluster, written ? next : (status ?? next))
    return {}
  }

  async function sessionFor(name: ObjectName, access: ClusterAccess): Promise<Session> {
    const key = objectKey(name)
    const existing = sessions.get(key)
    if (existing?.fingerprint === access.fingerprint) return existing
    const session: Session = {
      fingerprint: access.fingerprint,
      provider: options.createProvider(access),
      failures: 0,
      epoch: (existing?.epoch ?? 0) + 1,
    }
    sessions.set(key, session)
    await existing?.provider[Symbol.asyncDispose]()
    return session
  }

  async function endSession(key: string): Promise<void> {
    const session = sessions.get(key)
    sessions.delete(key)
    await session?.provider[Symbol.asyncDispose]()
  }

  return {
    reconcile,
    review: (key) => questions.review(key),
    async [Symbol.asyncDispose]() {
      await Promise.all([...sessions.keys()].map(endSession))
    },
  }
}

/** One for all clusters of WEKA, each of which has one webhook without a name. */
const unnamed: Naming = { state: 'Named', targetName: () => '' }

/** An address that leads to another cluster than before is not written to until a human says so. */
function identityChange(
  cluster: S3Cluster,
  known: ClusterIdentity | undefined,
  found: ClusterIdentity,
): ClusterFinding | undefined {
  if (known === undefined || known.id === found.id) return undefined
  if (cluster.metadata.annotations?.[acceptClusterId] === found.id) return undefined
  const { name, namespace = '' } = cluster.metadata
  return {
    reason: 'ClusterIdentityChanged',
    message:
      `The endpoints now lead to cluster '${found.id}' instead of '${known.id}'; nothing is written to it. ` +
      `If this is meant: kubectl annotate s3cluster ${name} -n ${namespace} --overwrite ${acceptClusterId}=${found.id}`,
  }
}

function connectedMessage(identity: ClusterIdentity, spec: S3ClusterSpec): string {
  const text = `Connected to ${spec.type} cluster '${identity.name}', version ${identity.version}.`
  return spec.tls.verification === 'None'
    ? `${text} TLS certificates are not verified because of \`spec.tls.verification: None\`.`
    : text
}

function findingReason(error: ProviderError): Exclude<ClusterFinding['reason'], 'Connected'> {
  switch (error.code) {
    case 'ApplyFailed':
      return 'ProviderMismatch'
    default:
      return error.code
  }
}
