/** What a reason means, and what a person does about it; an empty remedy: nothing is to be done. Markdown, one line each. */
export interface ReasonText {
  readonly meaning: string
  readonly remedy: string
}
