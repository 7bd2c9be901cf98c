import { join } from 'node:path'

import { type CommandOptions, type CommandResult, runCommand } from '../control-plane/run-command.ts'
import { findHelm } from './find-helm.ts'

/** The chart of this project. */
export const chartDirectory: string = join(import.meta.dirname, '../../charts/s3-audit-operator')

/** Runs Helm without the settings, repositories and plug-ins of whoever runs the tests, whatever its exit code. */
export async function helm(
  args: readonly string[],
  options: Pick<CommandOptions, 'input' | 'signal'> & { readonly kubeconfig?: string } = {},
): Promise<CommandResult> {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:HELM_|KUBE)/u.test(name))
  const { kubeconfig = '/dev/null', ...rest } = options
  const nowhere = '/nonexistent'
  const env = {
    ...Object.fromEntries(own),
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: nowhere,
    HELM_CONFIG_HOME: nowhere,
    HELM_DATA_HOME: nowhere,
  }
  return await runCommand(await findHelm(), args, { ...rest, env })
}
