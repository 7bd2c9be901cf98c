import { createHash } from 'node:crypto'

import type { Clock } from '../kube/clock.ts'
import type { TargetSpec, TargetTester } from './ladder.ts'
import type { LadderLevel, Verdict } from './verdict.ts'

/** One test under way or just ended, and who has its verdict. */
interface SharedTest {
  readonly verdict: Promise<Verdict | undefined>
  readonly abort: AbortController
  readonly users: Set<string>
  waiting: number
  /** Monotonic milliseconds; undefined while it is under way. */
  endedAt: number | undefined
}

/** A verdict serves others for so long: less than any re-test waits, which must not be answered by what it is to confirm. */
const freshMilliseconds = 1_500

/**
 * A tester that runs levels 0 to 2 once for all resources that ask the same of the same target at about the same time: level 0 for
 * the same host and trust, 1 and 2 for the same endpoint, token and trust. No resource gets the same verdict twice. Test events
 * bear the mark of their resource and are never shared.
 */
export function shareTests(tester: TargetTester, { clock }: { readonly clock: Clock }): TargetTester {
  const tests = new Map<string, SharedTest>()

  function begin(key: string, target: TargetSpec, level: LadderLevel): SharedTest {
    const abort = new AbortController()
    const verdict = tester.test(target, [level], { signal: abort.signal }).then((verdicts) => verdicts[0])
    const begun: SharedTest = { verdict, abort, users: new Set(), waiting: 0, endedAt: undefined }
    const end = (): void => {
      begun.endedAt = clock.monotonic()
    }
    verdict.then(end, end)
    // Anew, for the order of age.
    tests.delete(key)
    tests.set(key, begun)
    return begun
  }

  function isFresh({ endedAt }: SharedTest): boolean {
    return endedAt === undefined || clock.monotonic() - endedAt < freshMilliseconds
  }

  function sweep(): void {
    for (const [key, test] of tests) {
      if (isFresh(test)) return
      tests.delete(key)
    }
  }

  async function ask(target: TargetSpec, level: LadderLevel, signal: AbortSignal): Promise<Verdict | undefined> {
    signal.throwIfAborted()
    sweep()
    const key = identity(target, level)
    const known = tests.get(key)
    const usable =
      known !== undefined &&
      !known.abort.signal.aborted &&
      isFresh(known) &&
      (known.endedAt === undefined || !known.users.has(target.resource))
    const test = usable ? known : begin(key, target, level)
    test.users.add(target.resource)
    test.waiting++
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([test.verdict, aborted])
    } finally {
      signal.removeEventListener('abort', onAbort)
      // Nobody is left who wants to know.
      if (--test.waiting === 0 && test.endedAt === undefined) test.abort.abort(signal.reason)
    }
  }

  return {
    async test(target, levels, { signal }) {
      const verdicts: Verdict[] = []
      for (const level of [...new Set(levels)].sort((a, b) => a - b)) {
        const verdict =
          level === 3 ? (await tester.test(target, [level], { signal }))[0] : await ask(target, level, signal)
        if (verdict === undefined) continue
        verdicts.push(verdict)
        if (verdict.class !== 'ok' && verdict.class !== 'warning') break
      }
      return verdicts
    },
  }
}

/** A digest, since the token is part of it. */
function identity(target: TargetSpec, level: LadderLevel): string {
  const { endpoint, tls, timeoutMilliseconds, targetType, healthPath, authorization } = target
  const path = [endpoint.origin, tls.caCertificate, tls.serverName, tls.verification, timeoutMilliseconds]
  const rest = [endpoint.href, targetType, healthPath, authorization?.reveal()]
  return createHash('sha256')
    .update(JSON.stringify(level === 0 ? [level, path] : [level, path, rest]))
    .digest('base64')
}
