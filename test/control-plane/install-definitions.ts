import { fileURLToPath } from 'node:url'

import type { ControlPlane } from './control-plane.ts'

const folder = fileURLToPath(new URL('../../crds', import.meta.url))

/** Applies `crds/` as the README says and waits until the API server serves them. */
export async function installDefinitions(controlPlane: Pick<ControlPlane, 'kubectl'>): Promise<void> {
  for (const args of [
    ['apply', '--server-side', '-f', folder],
    ['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s'],
  ]) {
    const { code, stderr } = await controlPlane.kubectl(args)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
  }
}
