import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

import type { ApiAuditEvent } from '../../test/control-plane/audit-log.ts'

/**
 * What a user agent asked of the API server between two times, from its audit log. Read line by line: the log of 10,000 resources is
 * larger than a string may be, and the API server begins a new file after 100 MB.
 */
export async function* auditedRequests(
  auditLogPath: string,
  options: { readonly userAgentPrefix: string; readonly from: Date; readonly to: Date },
): AsyncGenerator<ApiAuditEvent, void, void> {
  const { userAgentPrefix, from, to } = options
  const folder = dirname(auditLogPath)
  for (const name of (await readdir(folder)).filter((file) => /^audit.*\.log$/.test(file))) {
    const path = join(folder, name)
    if ((await stat(path)).mtime < from) continue
    for await (const line of createInterface({ input: createReadStream(path) })) {
      // A cheap look first: most lines are from before.
      if (!line.includes(userAgentPrefix)) continue
      const event = parse(line)
      const time = event === undefined ? Number.NaN : Date.parse(event.stageTimestamp)
      if (event?.userAgent?.startsWith(userAgentPrefix) === true && time >= Number(from) && time <= Number(to))
        yield event
    }
  }
}

/** Undefined for a line that is still being written. */
function parse(line: string): ApiAuditEvent | undefined {
  try {
    return JSON.parse(line) as ApiAuditEvent
  } catch {
    return undefined
  }
}
