import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { bufferModelText } from '../../scripts/docs/buffer-model-page.ts'
import { modelSeed } from './model-seed.ts'
import { runModel } from './run-model.ts'

describe('a thousand random outages', () => {
  const result = runModel(modelSeed)

  test('are a thousand, with readings that could have been wrong', () => {
    expect(result.all.outages).toBe(1000)
    expect(result.all.readings).toBeGreaterThan(100_000)
    // Bounds that say nothing would hold everything.
    expect(result.all.meanWidth).toBeLessThan(60)
  })

  test.each([...result.estimates])('hold the truth of a sender of kind %s within the bounds', (_kind, estimate) => {
    expect(estimate.inside).toBeGreaterThanOrEqual(0.95)
    expect(estimate.alwaysInside).toBeGreaterThanOrEqual(0.95)
  })

  test('never have more in the buffer than the upper bound and 5 points', () => {
    expect(result.all.worstAbove).toBeLessThanOrEqual(5)
  })

  test.each([...result.measured])('are measured to 5 points with %s traffic, warned of, and seen to end', (_, seen) => {
    expect(seen.filled).toBeGreaterThan(20)
    expect(seen.worstError).toBeLessThanOrEqual(5)
    expect(seen.warned).toBe(1)
    expect(seen.emptied).toBe(1)
  })

  test('fill when it was predicted, with steady traffic nearly always, with uneven traffic mostly', () => {
    expect(result.measured.get('Steady')?.within15).toBeGreaterThan(0.98)
    expect(result.measured.get('Uneven')?.within15).toBeGreaterThan(0.8)
  })

  test('are what the page tells of', async () => {
    const page = await readFile(join(import.meta.dirname, '../../docs/buffer-model.md'), 'utf8')
    expect(page, "run 'npm run generate'").toBe(bufferModelText(result))
  })
})
