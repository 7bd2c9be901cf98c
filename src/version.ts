import { readFileSync } from 'node:fs'

/** Put in by the build; absent while the sources run as they are. */
declare const bundledVersion: string | undefined

/** The version in package.json. */
export const version: string = typeof bundledVersion === 'undefined' ? packageVersion() : bundledVersion

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
