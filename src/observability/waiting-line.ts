/** A line in front of slots: plain data, since there can be one for each of thousands. */
export interface WaitingLine {
  free: number
  /** Who waits, first come first; undefined before anybody did. */
  waiting: (() => void)[] | undefined
}

export function createWaitingLine(slots: number): WaitingLine {
  return { free: slots, waiting: undefined }
}

/**
 * Calls when it is this one's turn, first come, first served; who waits leaves the line when `signal` aborts.
 * @throws the signal's reason, at once, when it aborts before the call; and whatever the call throws.
 */
export async function inTurn<T>(line: WaitingLine, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  await turn(line, signal)
  try {
    return await call()
  } finally {
    // The slot goes straight to the next in line, so that a newcomer cannot overtake.
    const next = line.waiting?.shift()
    if (next === undefined) line.free++
    else next()
  }
}

function turn(line: WaitingLine, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (line.free > 0) {
    line.free--
    return Promise.resolve()
  }
  const waiting = (line.waiting ??= [])
  return new Promise((resolve, reject) => {
    const onTurn = (): void => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }
    const onAbort = (): void => {
      waiting.splice(waiting.indexOf(onTurn), 1)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    waiting.push(onTurn)
  })
}
