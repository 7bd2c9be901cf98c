/** Requests at a steady pace, until it is disposed of. */
export function startSteadyLoad(url: string, perSecond: number): AsyncDisposable {
  const start = performance.now()
  const open = new Set<Promise<void>>()
  let sent = 0
  const request = async (): Promise<void> => {
    const response = await fetch(url)
    await response.arrayBuffer()
  }
  // A machine that is busy catches up, so that the pace is kept on the whole.
  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) / 1000) * perSecond; sent < due; sent++) {
      const answer = request().catch(() => undefined)
      open.add(answer)
      void answer.finally(() => open.delete(answer))
    }
  }, 20)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await Promise.all(open)
    },
  }
}
