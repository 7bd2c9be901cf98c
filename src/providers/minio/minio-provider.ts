import { z } from 'zod'

import { ProviderError } from '../provider-error.ts'
import type {
  AuditWebhookProvider,
  CallOptions,
  ClusterIdentity,
  DesiredWebhook,
  DeliveryReport,
  NodeDelivery,
  ObservedWebhook,
  WebhookKey,
} from '../provider.ts'
import { createAdminClient, mismatch, type AdminClientOptions } from './admin-client.ts'
import { parseConfigText, printConfigLine, subsystem, type ConfigTarget } from './config-text.ts'
import { parseSamples, type Sample } from './prometheus-text.ts'
import { observedSettings, settingDefaults } from './settings.ts'

export type MinioProviderOptions = AdminClientOptions

const info = z.object({
  deploymentID: z.string().min(1).max(256),
  servers: z.array(z.object({ version: z.string().max(256).optional() })).optional(),
})
const help = z.object({ keysHelp: z.array(z.object({ key: z.string().max(64) })).max(100) })
const metricsPrefix = 'minio_cluster_webhook_'

/**
 * A named target of MinIO's `audit_webhook` by its admin API. Other targets are never read into anything and never written to,
 * though each change makes the server create all of them anew, which resets their counters.
 */
export function createMinioProvider(options: MinioProviderOptions): AuditWebhookProvider {
  const client = createAdminClient(options)
  /** What the servers know, by `help-config-kv`; asked once, for a server that changes starts a new session. */
  let knownKeys: Promise<readonly string[]> | undefined
  /** Queue sizes as last read, for the metrics do not tell them. */
  const capacities = new Map<string, number>()

  function keys(signal: AbortSignal): Promise<readonly string[]> {
    knownKeys ??= readKeys(signal).catch((error: unknown) => {
      knownKeys = undefined
      throw error
    })
    return knownKeys
  }

  async function readKeys(signal: AbortSignal): Promise<readonly string[]> {
    const purpose = 'ask which audit webhook settings exist'
    const query = { subSys: subsystem, key: '' }
    const response = await client.call({ purpose, method: 'GET', route: 'help-config-kv', query, signal })
    const parsed = help.safeParse(json(response.body))
    if (!parsed.success) throw mismatch(purpose, options.endpoints[0], parsed.error)
    return parsed.data.keysHelp.map(({ key }) => key)
  }

  async function readTarget({ targetName }: WebhookKey, signal: AbortSignal): Promise<ConfigTarget | undefined> {
    const known = await keys(signal)
    // All targets are asked for: asking for one that does not exist is an error that other troubles share.
    const text = await client.callSealed({
      purpose: 'read the audit webhook',
      method: 'GET',
      route: 'get-config-kv',
      query: { key: subsystem },
      signal,
    })
    return parseConfigText(text, known).find(({ name }) => name === targetName)
  }

  return {
    async identify({ signal }: CallOptions): Promise<ClusterIdentity> {
      const purpose = "read the server's info"
      const response = await client.call({ purpose, method: 'GET', route: 'info', signal })
      const parsed = info.safeParse(json(response.body))
      if (!parsed.success) throw mismatch(purpose, options.endpoints[0], parsed.error)
      const { deploymentID, servers = [] } = parsed.data
      return {
        id: deploymentID,
        name: options.endpoints[0]?.hostname ?? '',
        version: servers.find(({ version }) => version !== undefined)?.version ?? 'unknown',
      }
    },

    async read(webhook, { signal }): Promise<ObservedWebhook> {
      const target = await readTarget(webhook, signal)
      if (target === undefined) return { state: 'Absent' }
      const { values, overrides } = target
      const settings = observedSettings(values)
      capacities.set(webhook.targetName, Number(settings['queue_size']))
      return {
        state: 'Present',
        endpoint: values['endpoint'] ?? '',
        enabled: values['enable'] !== 'off',
        // A token that is set is left out of the answer; one that is not is printed empty.
        token: values['auth_token'] === '' ? { kind: 'None' } : { kind: 'Hidden' },
        settings,
        overrides,
      }
    },

    async apply(webhook, desired, { signal }) {
      const known = await keys(signal)
      const values = {
        enable: desired.enabled ? 'on' : 'off',
        endpoint: desired.endpoint,
        auth_token: desired.authorization?.reveal() ?? '',
        ...knownSettings(desired, known),
      }
      const response = await client.call({
        purpose: 'set the audit webhook',
        method: 'PUT',
        route: 'set-config-kv',
        body: printConfigLine(webhook.targetName, values, known),
        signal,
      })
      if (response.headers['x-minio-config-applied'] === 'true') return
      throw new ProviderError(
        'ApplyFailed',
        'The server stored the audit webhook but did not put it in force: restart it (`mc admin service restart`).',
      )
    },

    async remove(webhook, { signal }) {
      if ((await readTarget(webhook, signal)) === undefined) return
      await client.call({
        purpose: 'remove the audit webhook',
        method: 'DELETE',
        route: 'del-config-kv',
        body: `${subsystem}:${webhook.targetName}`,
        signal,
      })
      capacities.delete(webhook.targetName)
    },

    async delivery(webhook, { signal }): Promise<DeliveryReport> {
      if (!capacities.has(webhook.targetName)) await this.read(webhook, { signal })
      const capacity = capacities.get(webhook.targetName) ?? Number(settingDefaults['queue_size'])
      const text = await client.metrics('/minio/v2/metrics/cluster', signal)
      const name = `audit-${webhook.targetName}`
      const samples = parseSamples(text, metricsPrefix).filter(({ labels }) => labels['name'] === name)
      const nodes = new Set(samples.map(({ labels }) => labels['server'] ?? ''))
      return { nodes: [...nodes].sort().map((node) => nodeDelivery(node, samples, capacity)) }
    },

    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** A series that is zero can be absent: absent is 0 as long as others of the node are there. */
function nodeDelivery(node: string, samples: readonly Sample[], capacityEvents: number): NodeDelivery {
  const value = (metric: string): number =>
    samples.find(({ name, labels }) => name === `${metricsPrefix}${metric}` && (labels['server'] ?? '') === node)
      ?.value ?? 0
  return {
    node,
    online: value('online') === 1,
    queuedEvents: value('queue_length'),
    capacityEvents,
    failedAttempts: value('failed_messages'),
    handledMessages: value('total_messages'),
  }
}

/** The settings that the server knows. One that it does not know can only have its default. */
function knownSettings(desired: DesiredWebhook, known: readonly string[]): Record<string, string> {
  const entries = Object.entries(desired.settings)
  const unknown = entries.find(([key, value]) => !known.includes(key) && value !== settingDefaults[key])
  if (unknown !== undefined) {
    throw new ProviderError(
      'InvalidSpec',
      `This MinIO server does not know the setting '${unknown[0]}': take its field out of \`spec.minio\`, or upgrade the server.`,
    )
  }
  return Object.fromEntries(entries.filter(([key]) => known.includes(key)))
}

function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}
