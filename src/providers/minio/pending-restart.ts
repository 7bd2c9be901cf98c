import { z } from 'zod'

import type { Clock } from '../../kube/clock.ts'
import type { Secret } from '../../observability/secret.ts'
import { ProviderError } from '../provider-error.ts'
import type { AdminClient } from './admin-client.ts'

/**
 * What servers before February 2022 do with a change: they store it and take it at their next restart. Kept in memory: after a
 * restart of ours such a change is made once more, and waits for a restart of theirs once more.
 */
export interface PendingRestart {
  /** The server stored this line, which holds the token, without putting it in force. */
  stored(targetName: string, line: Secret): void
  /** True, once, when this very line was stored and all servers were restarted since. Any other line is a change of its own. */
  took(targetName: string, line: Secret): boolean
  /** @throws ProviderError ApplyFailed while a change of the target waits for a restart. */
  check(targetName: string, signal: AbortSignal): Promise<void>
}

const info = z.object({ servers: z.array(z.object({ uptime: z.number().min(0) })).min(1) })

export function createPendingRestart(options: {
  readonly client: Pick<AdminClient, 'callJson'>
  readonly clock: Clock
}): PendingRestart {
  const { client, clock } = options
  const changes = new Map<string, { readonly line: Secret; readonly time: number; restarted: boolean }>()

  return {
    stored(targetName, line) {
      changes.set(targetName, { line, time: clock.monotonic(), restarted: false })
    },
    took(targetName, line) {
      const change = changes.get(targetName)
      changes.delete(targetName)
      return change !== undefined && change.restarted && change.line.equals(line)
    },
    async check(targetName, signal) {
      const change = changes.get(targetName)
      if (change === undefined || change.restarted) return
      const purpose = 'ask since when the servers run'
      const { servers } = await client.callJson({ purpose, method: 'GET', route: 'info', signal }, info)
      const elapsed = (clock.monotonic() - change.time) / 1000
      change.restarted = servers.every(({ uptime }) => uptime <= elapsed)
      if (!change.restarted) throw restartNeeded()
    },
  }
}

export function restartNeeded(): ProviderError {
  return new ProviderError(
    'ApplyFailed',
    'The server stored the audit webhook but did not put it in force: restart it (`mc admin service restart`).',
  )
}
