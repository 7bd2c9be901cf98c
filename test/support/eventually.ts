const pollMilliseconds = 50

/**
 * The first value other than undefined that `look` gives, asked again and again until the time is up.
 * @throws Error naming what was waited for and, when `look` failed last, why.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMilliseconds = 20_000,
): Promise<T> {
  const end = performance.now() + timeoutMilliseconds
  let problem: unknown
  for (;;) {
    try {
      const value = await look()
      if (value !== undefined) return value
      problem = undefined
    } catch (error) {
      problem = error
    }
    if (performance.now() > end)
      throw new Error(`Not seen within ${timeoutMilliseconds} ms: ${what}`, { cause: problem })
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
  }
}
