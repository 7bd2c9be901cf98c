import type { TestProject } from 'vitest/node'

import type { ControlPlaneAddress } from './access.ts'
import { startControlPlane, type ControlPlane } from './control-plane.ts'
import { installDefinitions } from './install-definitions.ts'

declare module 'vitest' {
  interface ProvidedContext {
    controlPlane: ControlPlaneAddress
  }
}

let controlPlane: ControlPlane | undefined

/** Starts the control plane that `sharedControlPlane` opens in the tests of the project. Called by vitest. */
export async function setup(project: TestProject): Promise<void> {
  controlPlane = await startControlPlane({ controllerManager: true, auditLog: true })
  await installDefinitions(controlPlane)
  project.provide('controlPlane', controlPlane.address)
}

/** Called by vitest when the tests are done. */
export async function teardown(): Promise<void> {
  await controlPlane?.[Symbol.asyncDispose]()
}
