import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

function start(program: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, program), ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test.each([
  ['demo/main.ts', ['--unknown'], "Unknown option '--unknown'"],
  ['demo/main.ts', ['word'], "Unexpected argument 'word'. This command does not take positional arguments"],
  ['scripts/image/main.ts', ['--output'], "Option '--output <value>' argument missing"],
  ['test/e2e/main.ts', ['--cluster', '--keep'], "Option '--cluster' argument is ambiguous"],
  ['bench/main.ts', ['runtime', '--objects=many'], "--objects takes a whole number from 1, not 'many'"],
  ['bench/main.ts', ['runtime', '--rounds=0'], "--rounds takes a whole number from 1, not '0'"],
  ['bench/main.ts', ['containment', '--clusters=3', '--hanging=3'], '--hanging takes less than --clusters, which is 3'],
  ['bench/main.ts', ['constructor'], 'Name one of runtime, soak, containment, scheduler'],
  ['test/simulators/hec/main.ts', ['--cert=a'], '--cert and --key belong together'],
  ['test/simulators/weka/main.ts', ['--password=a', '--delivery=b'], /^--delivery takes one of .*, not 'b'/],
])('%s says in a line what is wrong with %j', (program, args, problem) => {
  const { status, stdout, stderr } = start(program, ...args)
  expect(stderr).toMatch(problem)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})

test('--help comes before a complaint', () => {
  const { status, stdout, stderr } = start('demo/main.ts', '--unknown', '--help')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('npm run demo -- [flags]')
})
