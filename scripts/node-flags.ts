import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const manifest = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')
const { scripts } = JSON.parse(manifest) as { readonly scripts: { readonly start: string } }

const words = scripts.start.split(' ')

/** Flags of Node that the operator is to run with: those of `npm start`. docs/operations.md tells what they are for. */
export const nodeFlags: readonly string[] = words.filter((word) => word.startsWith('--'))

/** Its environment likewise: words `NAME=value`. */
export const nodeEnvironment: readonly string[] = words.filter((word) => /^[A-Z_]+=/.test(word))
