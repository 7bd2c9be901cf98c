import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { parse } from 'yaml'
import { z } from 'zod'

import type { ControlPlaneAccess } from '../control-plane/access.ts'
import { eventually } from './eventually.ts'
import { type Right, type RoleRule, roleRule, withoutRight } from './role-rule.ts'

const roleFile = fileURLToPath(new URL('../../examples/cluster-role.yaml', import.meta.url))
const roleShape = z.looseObject({ metadata: z.object({ name: z.string() }), rules: z.array(roleRule) })

/** A user who may do what `examples/cluster-role.yaml` grants, and nothing else. */
export interface OperatorUser {
  readonly name: string
  readonly kubeconfigPath: string
  /** What the role grants, one verb of one resource each. */
  readonly rights: readonly Right[]
  /** Takes one right away; resolves when the API server refuses it. */
  withhold(right: Right): Promise<void>
  /** Gives all rights back; resolves when the API server grants them. */
  restore(): Promise<void>
}

/** Binds the role of the documentation to a user of the control plane. */
export async function createOperatorUser(
  controlPlane: Pick<ControlPlaneAccess, 'kubectl' | 'userKubeconfig'>,
): Promise<OperatorUser> {
  const name = `operator-${randomBytes(4).toString('hex')}`
  const documented = roleShape.parse(parse(await readFile(roleFile, 'utf8')))
  // Several such users can share a control plane.
  const role = { ...documented, metadata: { name } }
  let withheld: Right | undefined

  async function kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await controlPlane.kubectl(args, input === undefined ? {} : { input })
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
    return stdout
  }

  async function grant(rules: readonly RoleRule[]): Promise<void> {
    await kubectl(['apply', '-f', '-'], JSON.stringify({ ...role, rules }))
  }

  /** Authorization follows a role as a cache does: soon. */
  async function untilAllowed(right: Right, wanted: 'yes' | 'no'): Promise<void> {
    const [resource = '', subresource] = right.resource.split('/')
    const question = ['auth', 'can-i', right.verb, `${resource}.s3audit.dev`, `--as=${name}`, '--all-namespaces']
    await eventually(`${wanted} to ${right.verb} on ${right.resource}`, async () => {
      const { stdout } = await controlPlane.kubectl([
        ...question,
        ...(subresource === undefined ? [] : [`--subresource=${subresource}`]),
      ])
      return stdout.trim() === wanted ? true : undefined
    })
  }

  await grant(role.rules)
  await kubectl(['create', 'clusterrolebinding', name, `--clusterrole=${name}`, `--user=${name}`])
  return {
    name,
    kubeconfigPath: await controlPlane.userKubeconfig(name),
    rights: role.rules.flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ verb, resource }))),
    ),
    async withhold(right) {
      withheld = right
      await grant(role.rules.flatMap((rule) => withoutRight(rule, right)))
      await untilAllowed(right, 'no')
    },
    async restore() {
      await grant(role.rules)
      if (withheld !== undefined) await untilAllowed(withheld, 'yes')
      withheld = undefined
    },
  }
}
