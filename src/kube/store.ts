/** What a list and watch has seen, by `objectKey`. Objects are shared, never copied: they are not to be changed. */
export interface Store<T> {
  get(key: string): T | undefined
  list(): readonly T[]
  /** Objects for which the index function gave `value`. @throws RangeError for an index that was not declared. */
  byIndex(index: string, value: string): readonly T[]
  readonly size: number
}
