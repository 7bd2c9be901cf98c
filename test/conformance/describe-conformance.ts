import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { firstToken, openCaseScene, secondToken } from './case-scene.ts'
import { conformanceResults } from './conformance-results.ts'
import type { ConformanceBackend, ProviderHarness } from './provider-harness.ts'
import { conformanceCases } from './provider-suite.ts'

/** Runs every case against one backend. Those it cannot have are skipped with its reason; no other one may be. */
export function describeConformance(backend: ConformanceBackend): void {
  describe(`${backend.name}:`, () => {
    const results = conformanceResults(backend)
    const passed = new Set<string>()
    let harness: ProviderHarness

    beforeAll(async () => {
      harness = await backend.start()
    })
    afterAll(() => harness?.[Symbol.asyncDispose]())

    for (const { name, run } of conformanceCases) {
      it(name, async (context) => {
        const result = results.get(name)
        if (result?.state === 'NotApplicable') context.skip(result.reason)
        await using scene = await openCaseScene(harness, context.signal)
        await run(scene)
        for (const token of [firstToken, secondToken]) {
          const secret = token.slice('Splunk '.length)
          expect(scene.written(), 'a token was written where people read').not.toContain(secret)
        }
        passed.add(name)
      })
    }

    it('can have all that it does not list as lacking, and nothing else', () => {
      const faults = Object.keys(harness.faults)
      expect(faults.filter((fault) => fault in backend.lacks)).toEqual([])
      const needed = conformanceCases.flatMap(({ needs = [] }) => needs)
      expect(needed.filter((fault) => !(fault in backend.lacks) && !faults.includes(fault))).toEqual([])
    })

    it('did all that the page in docs says', () => {
      const told = [...results].filter(([, { state }]) => state === 'Passes').map(([name]) => name)
      expect([...passed]).toEqual(told)
    })
  })
}
