import { isDeepStrictEqual } from 'node:util'

/** metav1.Condition. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  /** RFC 3339; when `status` last changed. */
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

export function findCondition<T extends Condition>(list: readonly T[], type: T['type']): T | undefined {
  return list.find((condition) => condition.type === type)
}

/**
 * The list with `condition` in it, at its old place or at the end. `lastTransitionTime` moves only when `status` does
 * (apimachinery `meta.SetStatusCondition`). The list given is left alone; it is returned itself when nothing changes.
 * @param nowIso RFC 3339 time, second precision as metav1.Time has it.
 */
export function setCondition<T extends Condition>(
  list: readonly T[],
  condition: Omit<T, 'lastTransitionTime'>,
  nowIso: string,
): readonly T[] {
  const index = list.findIndex((other) => other.type === condition.type)
  const previous = list[index]
  const lastTransitionTime = previous?.status === condition.status ? previous.lastTransitionTime : nowIso
  const next = { ...condition, lastTransitionTime } as T
  if (previous === undefined) return [...list, next]
  return isDeepStrictEqual(previous, next) ? list : list.with(index, next)
}

/** The list without the condition; the list itself when it is not in it. */
export function removeCondition<T extends Condition>(list: readonly T[], type: T['type']): readonly T[] {
  return findCondition(list, type) === undefined ? list : list.filter((condition) => condition.type !== type)
}
