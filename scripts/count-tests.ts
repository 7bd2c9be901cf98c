import { readFileSync } from 'node:fs'

import { z } from 'zod'

// Prints how many tests passed, failed and were skipped, from the file that vitest's JSON reporter wrote (its first argument).

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
})

const { testResults: files } = report.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')))
const statuses = files.flatMap((file) => file.assertionResults.map((test) => test.status))
const passed = statuses.filter((status) => status === 'passed').length
const failed = statuses.filter((status) => status === 'failed').length

// A file that cannot be loaded, or whose hooks fail, is failed without a test that is.
const broken = files.filter(
  (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
)
for (const { name, message = '' } of broken) console.error(`${name}: ${message}`)

console.log(passed, failed + broken.length, statuses.length - passed - failed)
