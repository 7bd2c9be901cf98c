import { environmentVariable, type Flag } from './flags.ts'

const width = 100
const indent = '      '

/** The text of `--help`. */
export function helpText(flags: readonly Flag[]): string {
  const own = ['  -h, --help', `${indent}This text.`, '', '  --version', `${indent}The version.`]
  return [
    'Manages the audit webhooks of S3 clusters as Kubernetes resources, and tells when audit events are about to be lost.',
    '',
    'Usage: s3-audit-operator [run] [flags]',
    '',
    'Commands:',
    '  run   Work until told to stop by SIGTERM. The default.',
    '',
    'Flags (each can be given by its environment variable instead; a flag wins):',
    '',
    ...flags.flatMap((flag) => [...describe(flag), '']),
    ...own,
    '',
    'Exit codes: 0 done, 1 crash, 2 bad configuration, 3 lost leadership.',
  ].join('\n')
}

function describe(flag: Flag): readonly string[] {
  const value = flag.placeholder === undefined ? '' : ` <${flag.placeholder}>`
  const notes = [
    ...(flag.default === '' ? [] : [`Default: ${flag.default}.`]),
    ...(flag.repeatable === true ? ['Repeat it, or give a list with commas.'] : []),
  ]
  return [
    `  --${flag.name}${value}   (${environmentVariable(flag)})`,
    ...wrap([flag.description, ...notes].join(' ')).map((line) => indent + line),
  ]
}

function wrap(text: string): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
