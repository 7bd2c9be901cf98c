import { z } from 'zod'

import type { AdminCall, AdminClient } from './admin-client.ts'

/** Seconds a server may take from its first answer to its stored settings; it took about one where most servers were up. */
const loadSeconds = 10

// An uptime of 0 is left out, and so is the one of a server that is away.
const info = z.object({
  servers: z.array(z.object({ state: z.string().optional(), uptime: z.number().optional() })).nullish(),
})

/**
 * Whether a server of the cluster started seconds ago. It answers before it has loaded what is stored, and then gives the built-in
 * settings as its own: without any audit target that was added (observed with minio of 2026-02, four servers restarted in turn).
 */
export async function hasJustStarted(client: Pick<AdminClient, 'callJson'>, signal: AbortSignal): Promise<boolean> {
  const purpose = 'ask since when the servers run'
  const { servers } = await client.callJson({ purpose, method: 'GET', route: 'info', signal } satisfies AdminCall, info)
  return (servers ?? []).some(({ state, uptime = 0 }) => state === 'online' && uptime < loadSeconds)
}
