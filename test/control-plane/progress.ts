const period = 15_000

/**
 * Writes one line to stderr now, and again with the seconds passed every 15 s until disposed of, so that nobody takes
 * a long build for a hang.
 */
export function reportProgress(what: string): Disposable {
  const start = performance.now()
  process.stderr.write(`${what} ...\n`)
  const timer = setInterval(() => {
    process.stderr.write(`${what} ... ${Math.round((performance.now() - start) / 1000)} s\n`)
  }, period)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
