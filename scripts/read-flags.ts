import { parseArgs, type ParseArgsConfig } from 'node:util'

/** What `parseArgs` gives for the flags of a program. */
type Flags<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>

/**
 * The flags of one of the project's programs, by `parseArgs`, `--help` among them. Ends the process: with status 0 after printing
 * `help`, with status 2 and one line on standard error when a flag is wrong.
 */
export function readFlags<T extends ParseArgsConfig>(config: T, help: string): Flags<T> {
  const options = { ...config.options, help: { type: 'boolean' } } as const
  // Help is worth more than a complaint about what stands beside it.
  if (parseArgs({ ...config, options, strict: false }).values['help'] === true) {
    process.stdout.write(help)
    process.exit(0)
  }
  try {
    return parseArgs(config)
  } catch (error) {
    // Some go on with advice for ambiguous cases.
    const [problem = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return refuse(problem.replace(/\.$/, ''))
  }
}

/** A whole number of at least 1 from the value of a flag; ends the process with status 2 for another. */
export function readCount(flag: string, value: string): number {
  return /^[1-9]\d{0,8}$/.test(value) ? Number(value) : refuse(`${flag} takes a whole number from 1, not '${value}'`)
}

/** Ends the process with status 2 and one line. */
export function refuse(problem: string): never {
  process.stderr.write(`${problem}; --help lists the flags\n`)
  process.exit(2)
}
