import { inject } from 'vitest'

import { type ControlPlaneAccess, openControlPlane } from './access.ts'

/**
 * The control plane, with a controller manager, that all tests of the integration project share: it costs no start.
 * Each test makes namespaces of its own. A test that stops a server, or installs other definitions than those of
 * `crds/`, starts a control plane for itself.
 */
export function sharedControlPlane(): Promise<ControlPlaneAccess> {
  return openControlPlane(inject('controlPlane'))
}
