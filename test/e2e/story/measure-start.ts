import { setTimeout as sleep } from 'node:timers/promises'

import type { Stage } from '../stage.ts'

/**
 * Seconds from the start of the operator's process in a fresh pod until it says that it is ready: until its caches are filled.
 * Asked 20 times a second, and so as much too long at most.
 */
export async function measureStart(
  stage: Stage,
  { namespace, pod, proxyUrl }: { readonly namespace: string; readonly pod: string; readonly proxyUrl: string },
): Promise<number> {
  const ask = async (path: string): Promise<Response> =>
    fetch(`${proxyUrl}/api/v1/namespaces/${namespace}/pods/http:${pod}:8080/proxy${path}`, {
      signal: AbortSignal.timeout(5000),
    })
  const readyAt = await stage.narrator.eventually(`${pod} is ready`, async () => {
    for (let attempt = 0; attempt < 20; attempt++) {
      const { status } = await ask('/readyz').catch(() => ({ status: 0 }))
      if (status === 200) return Date.now() / 1000
      await sleep(50)
    }
    return undefined
  })
  const metrics = await (await ask('/metrics')).text()
  const startedAt = Number(/^process_start_time_seconds (\S+)/m.exec(metrics)?.[1])
  if (Number.isNaN(startedAt)) throw new Error(`${pod} has no metric process_start_time_seconds`)
  return readyAt - startedAt
}
