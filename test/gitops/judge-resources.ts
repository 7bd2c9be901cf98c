import { z } from 'zod'

import { runCommand } from '../control-plane/run-command.ts'
import { findResourceHealth } from './find-resource-health.ts'

/** An entry of Flux' `healthCheckExprs`. */
export interface HealthExpressions {
  readonly inProgress?: string | undefined
  readonly failed?: string | undefined
  readonly current: string
}

export interface Question {
  /** As the API server gives it. */
  readonly object: unknown
  /** A health check of Argo CD. */
  readonly lua?: string
  readonly expressions?: HealthExpressions
}

export interface Verdict {
  readonly status: string
  readonly message: string
}

export interface Judgement {
  readonly kstatus: Verdict
  /** By the copy of kstatus that Flux and Helm use. */
  readonly fluxKstatus: Verdict
  /** Absent without `lua`. */
  readonly argo?: Verdict | undefined
  /** What `expressions` come to, in words of kstatus; absent without them. */
  readonly flux?: string | undefined
}

const verdict = z.object({ status: z.string(), message: z.string() })
const judgement: z.ZodType<Judgement> = z.object({
  kstatus: verdict,
  fluxKstatus: verdict,
  argo: verdict.optional(),
  flux: z.string().optional(),
})

/**
 * What kstatus, Flux and Argo CD make of resources, by their own libraries; in the order of the questions.
 * @throws Error with what the program says, as of a script or an expression that fails.
 */
export async function judgeResources(questions: readonly Question[]): Promise<readonly Judgement[]> {
  const { code, stdout, stderr } = await runCommand(await findResourceHealth(), [], {
    input: JSON.stringify(questions),
  })
  if (code !== 0) throw new Error(stderr.trim())
  return z.array(judgement).length(questions.length).parse(JSON.parse(stdout))
}
