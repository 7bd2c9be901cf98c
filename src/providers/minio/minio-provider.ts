import { z } from 'zod'

import type { HttpResponse } from '../../net/http-client.ts'
import { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../provider-error.ts'
import type { AuditWebhookProvider, DesiredWebhook, ObservedWebhook, WebhookKey } from '../provider.ts'
import { createAdminClient, type AdminCall, type AdminClientOptions } from './admin-client.ts'
import { AdminApiError } from './admin-errors.ts'
import { readAuditStatus } from './audit-status.ts'
import { parseConfigText, printConfigLine, subsystem, type ConfigTarget } from './config-text.ts'
import { createDeliveryReader } from './delivery-reader.ts'
import { hasJustStarted } from './just-started.ts'
import { createPendingRestart, restartNeeded } from './pending-restart.ts'
import { observedSettings, settingDefaults } from './settings.ts'
import { targetFault } from './target-fault.ts'

export type MinioProviderOptions = AdminClientOptions

const info = z.object({
  deploymentID: z.string().min(1).max(256),
  servers: z.array(z.object({ version: z.string().max(256).optional() })).optional(),
})
const help = z.object({ keysHelp: z.array(z.object({ key: z.string().max(64) })).max(100) })

/**
 * A named target of MinIO's `audit_webhook` by its admin API. Other targets are never read into anything and never written to,
 * though each change makes the server create all of them anew, which resets their counters.
 *
 * A `queue_dir` that the server can neither open nor create crashes it, at once and at the first request after each start, for
 * nothing is checked before it is stored (observed with minio of 2026-02). Nothing here can tell such a directory beforehand.
 */
export function createMinioProvider(options: MinioProviderOptions): AuditWebhookProvider {
  const client = createAdminClient(options)
  const deliveries = createDeliveryReader({ client, endpoints: options.endpoints, clock: options.clock })
  const pending = createPendingRestart({ client, clock: options.clock })
  /** Settings as last read, for the metrics do not tell how long a queue can grow and whether a store follows it. */
  const lastSettings = new Map<string, Readonly<Record<string, string>>>()

  /** What the server knows, asked each time: it can be upgraded under a session that lasts. */
  async function knownKeys(signal: AbortSignal): Promise<readonly string[]> {
    const purpose = 'ask which audit webhook settings exist'
    const query = { subSys: subsystem, key: '' }
    const { keysHelp } = await client.callJson({ purpose, method: 'GET', route: 'help-config-kv', query, signal }, help)
    return keysHelp.map(({ key }) => key)
  }

  /** All of them: asking for one that does not exist is an error that other troubles share. */
  async function readTargets(signal: AbortSignal): Promise<readonly ConfigTarget[]> {
    const text = await client.callSealed({
      purpose: 'read the audit webhook',
      method: 'GET',
      route: 'get-config-kv',
      query: { key: subsystem },
      signal,
    })
    return parseConfigText(text)
  }

  /** Whether or not its answer arrives, the counters may have started anew. */
  async function change(targetName: string, call: AdminCall): Promise<HttpResponse> {
    try {
      return await client.call(call)
    } catch (error) {
      if (!(error instanceof AdminApiError) || error.answeredCode !== 'XMinioAdminConfigBadJSON') throw error
      throw (await faultOfAnother(targetName, call, error)) ?? error
    } finally {
      deliveries.changed()
    }
  }

  /**
   * At each change the server checks all targets that are stored, without their environment and without saying which one it finds
   * invalid. One that was stored by other means than a change of audit targets is shown only after a restart.
   */
  async function faultOfAnother(
    targetName: string,
    { purpose, signal }: AdminCall,
    cause: AdminApiError,
  ): Promise<ProviderError | undefined> {
    const fault = await findFault(targetName, signal)
    if (fault === undefined) return undefined
    const why = `MinIO refuses every change as long as its ${fault}`
    return new ProviderError('ApplyFailed', `Could not ${purpose}: ${why}. ${remedy}`, { cause })
  }

  async function findFault(targetName: string, signal: AbortSignal): Promise<string | undefined> {
    const known = await knownKeys(signal)
    for (const target of await readTargets(signal)) {
      const fault = target.name === targetName ? undefined : targetFault(target, known)
      if (fault !== undefined) return `${targetLabel(target.name)} is invalid: ${fault}`
    }
    return undefined
  }

  /**
   * With the environment a target can be invalid after it passed the check. The server then stops in the middle of its list, which
   * has no order, says that the change is in force, and sends to those targets only that it had come across.
   */
  async function expectInForce(targetName: string, signal: AbortSignal): Promise<void> {
    if ((await readAuditStatus(client, { signal })).has(targetName)) return
    const fault = await findFault(targetName, signal)
    if (fault === undefined) return
    throw new ProviderError(
      'ApplyFailed',
      `The server stored the audit webhook but does not send to it, because its ${fault}. ${remedy}`,
    )
  }

  async function isStored(targetName: string, desired: DesiredWebhook, signal: AbortSignal): Promise<boolean> {
    const stored = await read({ targetName }, signal)
    return stored.state === 'Present' && stored.enabled === desired.enabled && stored.endpoint === desired.endpoint
  }

  async function read({ targetName }: WebhookKey, signal: AbortSignal): Promise<ObservedWebhook> {
    const target = (await readTargets(signal)).find(({ name }) => name === targetName)
    if (target === undefined) {
      // Taken for drift, it would be set again, and that stops the senders of the other servers.
      if (lastSettings.has(targetName) && (await hasJustStarted(client, signal))) throw notLoaded()
      lastSettings.delete(targetName)
      return { state: 'Absent' }
    }
    const { values, overrides } = target
    const settings = observedSettings(values)
    lastSettings.set(targetName, settings)
    return {
      state: 'Present',
      endpoint: values['endpoint'] ?? '',
      // Printed only when it is off.
      enabled: values['enable'] !== 'off',
      // A token that is set is left out of the answer; one that is not is printed empty.
      token: values['auth_token'] === '' ? { kind: 'None' } : { kind: 'Hidden' },
      settings,
      overrides,
    }
  }

  return {
    async identify({ signal }) {
      const purpose = "read the server's info"
      const { deploymentID, servers = [] } = await client.callJson(
        { purpose, method: 'GET', route: 'info', signal },
        info,
      )
      return {
        id: deploymentID,
        name: options.endpoints[0]?.hostname ?? '',
        version: servers.find(({ version }) => version !== undefined)?.version ?? 'unknown',
      }
    },

    async read(webhook, { signal }) {
      await pending.check(webhook.targetName, signal)
      return read(webhook, signal)
    },

    async apply({ targetName }, desired, { signal }) {
      const known = await knownKeys(signal)
      const values = {
        // Without it the server would take `on`.
        enable: desired.enabled ? 'on' : 'off',
        endpoint: desired.endpoint,
        auth_token: desired.authorization?.reveal() ?? '',
        ...knownSettings(desired, known),
      }
      const body = printConfigLine(targetName, values, known)
      // Written again, it would wait for one more restart.
      if (pending.took(targetName, new Secret(body)) && (await isStored(targetName, desired, signal))) return
      const response = await change(targetName, {
        purpose: 'set the audit webhook',
        method: 'PUT',
        route: 'set-config-kv',
        body,
        signal,
      })
      if (response.headers['x-minio-config-applied'] === 'true') {
        if (desired.enabled) await expectInForce(targetName, signal)
        return
      }
      pending.stored(targetName, new Secret(body))
      throw restartNeeded()
    },

    async remove(webhook, { signal }) {
      if ((await read(webhook, signal)).state === 'Absent') return
      try {
        await change(webhook.targetName, {
          purpose: 'remove the audit webhook',
          method: 'DELETE',
          route: 'del-config-kv',
          body: `${subsystem}:${webhook.targetName}`,
          signal,
        })
      } catch (error) {
        // Gone meanwhile, perhaps by a first try whose answer was lost; or made by the environment alone.
        if (!(error instanceof AdminApiError) || error.answeredCode !== 'XMinioConfigNotFoundError') throw error
      }
      lastSettings.delete(webhook.targetName)
    },

    async delivery({ targetName }, callOptions) {
      if (!lastSettings.has(targetName)) await read({ targetName }, callOptions.signal)
      const settings = lastSettings.get(targetName) ?? settingDefaults
      const report = await deliveries.read({ targetName, capacityEvents: queueSize(settings) }, callOptions)
      // With a `queue_dir` events go through the queue to files, whose number is told nowhere.
      return settings['queue_dir'] === '' ? report : { ...report, uncountedStore: true }
    },

    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

const remedy =
  'It is not one of this resource: correct it (`mc admin config set`, or the environment) or remove it (`mc admin config reset`).'

function notLoaded(): ProviderError {
  return new ProviderError(
    'ClusterUnreachable',
    'A server of the cluster started seconds ago and may not have loaded its settings: it is asked again.',
  )
}

/** A target of somebody else, as a message can hold it. */
function targetLabel(name: string): string {
  if (name === '') return `default target '${subsystem}'`
  return /^[\w.-]{1,64}$/.test(name) ? `target '${subsystem}:${name}'` : 'target of an unprintable name'
}

/** The server's default stands in for what is no number, as the environment can hold it. */
function queueSize(settings: Readonly<Record<string, string>>): number {
  const size = Number(settings['queue_size'])
  return Number.isSafeInteger(size) && size > 0 ? size : Number(settingDefaults['queue_size'])
}

/** Every setting: one that is left out would keep its old value. One that the server does not know can only have its default. */
function knownSettings(desired: DesiredWebhook, known: readonly string[]): Record<string, string> {
  const entries = Object.entries({ ...settingDefaults, ...desired.settings })
  const unknown = entries.find(([key, value]) => !known.includes(key) && value !== settingDefaults[key])
  if (unknown !== undefined) {
    throw new ProviderError(
      'InvalidSpec',
      `This MinIO server does not know the setting '${unknown[0]}': take its field out of \`spec.minio\`, or upgrade the server.`,
    )
  }
  return Object.fromEntries(entries.filter(([key]) => known.includes(key)))
}
