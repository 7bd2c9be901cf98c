import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** @returns the path of the operator as it is shipped, built anew. */
export function buildBundle(): string {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))])
  return fileURLToPath(new URL('../../dist/s3-audit-operator.mjs', import.meta.url))
}
