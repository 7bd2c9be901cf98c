/** A file that is made from the source, as it should be. */
export interface GeneratedFile {
  /** Relative to the root of the repository, with forward slashes. */
  readonly path: string
  readonly content: string
}
