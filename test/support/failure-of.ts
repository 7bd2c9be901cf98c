/** What the work throws. @throws Error when it succeeds. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('It should have failed and succeeded')
}
