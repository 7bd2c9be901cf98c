import { inject } from 'vitest'

import { type ControlPlaneAccess, openControlPlane } from './access.ts'

/**
 * The control plane, with a controller manager, an audit log and the definitions of `crds/`, that all tests of the integration project share: it costs no start.
 * Each test makes namespaces of its own, and an operator that it starts works in them alone. A test that stops a server,
 * counts what the whole cluster is asked, or changes our definitions starts a control plane for itself.
 */
export function sharedControlPlane(): Promise<ControlPlaneAccess> {
  return openControlPlane(inject('controlPlane'))
}
