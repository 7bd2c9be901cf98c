import { z } from 'zod'

import type { AdminCall, AdminClient } from './admin-client.ts'

const info = z.object({
  services: z.object({ audit: z.array(z.record(z.string(), z.object({ status: z.string() }))).nullish() }).nullish(),
})

/**
 * Whether each audit target that the answering server sends to is online, by the target's name; empty for older servers too, which
 * tell nothing of their targets. The server audits this call, and so sends an event afterwards.
 */
export async function readAuditStatus(
  client: Pick<AdminClient, 'callJson'>,
  options: Pick<AdminCall, 'signal' | 'endpoint'>,
): Promise<ReadonlyMap<string, boolean>> {
  const purpose = "read the server's info"
  const { services } = await client.callJson({ purpose, method: 'GET', route: 'info', ...options }, info)
  const statuses = (services?.audit ?? []).flatMap(Object.entries<{ readonly status: string }>)
  return new Map(statuses.map(([label, { status }]) => [label.replace(/^audit-/, ''), status === 'online']))
}
