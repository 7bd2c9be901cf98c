import { z } from 'zod'

/** One rule of a role. */
export interface RoleRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

export const roleRule: z.ZodType<RoleRule> = z.object({
  apiGroups: z.array(z.string()),
  resources: z.array(z.string()),
  verbs: z.array(z.string()),
})

/** A right as RBAC writes it: `patch` on `s3auditwebhooks/status`. */
export interface Right {
  readonly verb: string
  readonly resource: string
}

/** The rule, split so that only the one verb of the one resource is gone. */
export function withoutRight(rule: RoleRule, { verb, resource }: Right): readonly RoleRule[] {
  if (!rule.resources.includes(resource)) return [rule]
  return [
    { ...rule, resources: rule.resources.filter((other) => other !== resource) },
    { ...rule, resources: [resource], verbs: rule.verbs.filter((other) => other !== verb) },
  ].filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0)
}
