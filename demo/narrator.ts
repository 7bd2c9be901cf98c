import type { ControlPlane } from '../test/control-plane/control-plane.ts'

/** Says what the demonstration does, shows what a user would see, and checks it. */
export interface Narrator {
  /** A heading; steps are numbered. */
  readonly step: (title: string) => void
  readonly say: (text: string) => void
  /** Runs kubectl, shows the command and what it printed. @throws Error when it fails. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>
  /** Runs kubectl and shows nothing. @throws Error when it fails. */
  readonly quiet: (args: readonly string[]) => Promise<string>
  /** Waits until `holds` gives something other than undefined, and shows it. @throws Error when the time is up. */
  readonly eventually: <T>(
    claim: string,
    holds: () => Promise<T | undefined> | T | undefined,
    seconds?: number,
  ) => Promise<T>
  /** @throws Error when the claim does not hold. */
  readonly check: (claim: string, holds: boolean) => void
  /** Claims that were checked and held. */
  readonly held: number
}

const pollMilliseconds = 250

export function createNarrator(controlPlane: Pick<ControlPlane, 'kubectl'>, write: (text: string) => void): Narrator {
  let steps = 0
  let held = 0
  const line = (text: string): void => write(`${text}\n`)

  async function run(args: readonly string[], input?: string): Promise<string> {
    const { stdout, stderr, code } = await controlPlane.kubectl([...args], input === undefined ? {} : { input })
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} failed: ${stderr.trim()}`)
    return stdout
  }

  return {
    step(title) {
      steps++
      line('')
      line(`--- ${steps}. ${title}`)
    },
    say: (text) => line(`    ${text}`),
    async kubectl(args, input) {
      line(`  $ kubectl ${args.join(' ')}`)
      const output = await run(args, input)
      for (const text of output.trimEnd().split('\n')) line(`    ${text}`)
      return output
    },
    quiet: (args) => run(args),
    async eventually(claim, holds, seconds = 60) {
      const started = performance.now()
      for (;;) {
        const result = await holds()
        const elapsed = (performance.now() - started) / 1000
        if (result !== undefined) {
          held++
          line(`  ✓ ${claim} (${elapsed.toFixed(1)} s)`)
          return result
        }
        if (elapsed > seconds) throw new Error(`Not seen within ${seconds} s: ${claim}`)
        await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
      }
    },
    check(claim, holds) {
      if (!holds) throw new Error(`Does not hold: ${claim}`)
      held++
      line(`  ✓ ${claim}`)
    },
    get held() {
      return held
    },
  }
}
