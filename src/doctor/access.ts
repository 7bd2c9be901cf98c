import { z } from 'zod'

import { resourceLabel, type ResourceType } from '../kube/resource.ts'
import type { RestClient } from '../kube/rest-client.ts'

/** One thing that a user wants to do. */
export interface Wish {
  readonly verb: 'get' | 'list'
  readonly type: ResourceType
  /** Empty: all namespaces. */
  readonly namespace: string
}

/** The rights of the user. */
export interface Access {
  /** Asks once for each wish. */
  may(wish: Wish): Promise<boolean>
}

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
const answerShape = z.object({ status: z.object({ allowed: z.boolean() }) })

/** In words that follow "may not". */
export function describeWish({ verb, type, namespace }: Wish): string {
  return `${verb} ${resourceLabel(type)} ${namespace === '' ? 'in all namespaces' : `in namespace '${namespace}'`}`
}

/** By SelfSubjectAccessReviews. Throws what `RestClient.request` throws. */
export function createAccess(client: RestClient, { signal }: { readonly signal: AbortSignal }): Access {
  const answers = new Map<string, Promise<boolean>>()

  async function ask({ verb, type, namespace }: Wish): Promise<boolean> {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb, group: type.group, resource: type.plural, namespace } },
    }
    return answerShape.parse(await client.request({ method: 'POST', path, body, signal })).status.allowed
  }

  return {
    may(wish) {
      const key = describeWish(wish)
      const answer = answers.get(key) ?? ask(wish)
      answers.set(key, answer)
      return answer
    },
  }
}
