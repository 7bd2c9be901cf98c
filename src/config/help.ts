import { environmentVariable, type Flag } from './flag.ts'

const width = 100
const indent = '      '

/** In the order of `--help`. */
export const commandNames = ['run', 'test', 'doctor', 'uninstall', 'crds'] as const
export type CommandName = (typeof commandNames)[number]

/** The text of `--help`, and of `test --help` and the like. */
export function helpText(command: CommandName, flags: readonly Flag[]): string {
  const own = ['  -h, --help', `${indent}This text.`, '', '  --version', `${indent}The version.`]
  return [
    ...heads[command],
    '',
    `Flags${flags.length === 0 ? '' : ' (each can be given by its environment variable instead; a flag wins)'}:`,
    '',
    ...flags.flatMap((flag) => [...describe(flag), '']),
    ...own,
    '',
    `Exit codes: ${exitCodes[command]}.`,
  ].join('\n')
}

const heads = {
  run: [
    'Manages the audit webhooks of S3 clusters as Kubernetes resources, and tells when audit events are about to be lost.',
    '',
    'Usage: s3-audit-operator [run] [flags]',
    '       s3-audit-operator <command> [flags]',
    '',
    'Commands (<command> --help tells of each):',
    '  run        Work until told to stop by SIGTERM. The default.',
    '  test       Test a target once, as the operator would, without a cluster.',
    '  doctor     Explain why resources are not Ready, with the rights of your kubeconfig.',
    '  uninstall  Stop the replicas for good and take their finalizers off, before the operator is removed.',
    '  crds       Print the CRDs of this release, for kubectl apply -f -.',
  ],
  test: [
    'Tests a target of audit events once, level by level, and says what to do. Needs no cluster.',
    '',
    'Usage: s3-audit-operator test --endpoint <url> [flags]',
    '',
    'The token is read from --token-file or from the variable S3AUDIT_TOKEN.',
  ],
  doctor: [
    'Explains why S3AuditWebhooks and S3Clusters are not Ready: looks at them, at what they refer to and at the operator,',
    'and prints findings, the worst first, with what to do. Works with the rights of your kubeconfig and names what it may',
    'not look at. Nothing is changed. Of Secrets only presence and shape are told, never a value.',
    '',
    'Usage: s3-audit-operator doctor [-n <namespace>] [<name>] [flags]',
  ],
  uninstall: [
    'Takes the finalizers of the operator off every S3AuditWebhook and S3Cluster, so that resources, namespaces and CRDs can',
    'go when no operator runs any more. Replicas that run are told first to work no more, for as long as they live: remove',
    'them, or start them anew to work again. Nothing is changed on S3 clusters: webhooks there stay as they are.',
    '',
    'Usage: s3-audit-operator uninstall [flags]',
  ],
  crds: ['Prints the CustomResourceDefinitions of this release.', '', 'Usage: s3-audit-operator crds'],
} as const satisfies Readonly<Record<CommandName, readonly string[]>>

const exitCodes = {
  run: '0 done, 1 crash, 2 bad configuration, 3 lost leadership',
  test: '0 every level passed, 1 failed and waiting may help, 2 bad arguments, 4 failed and a person has to act',
  doctor: '0 nothing is wrong, 1 findings, 2 bad arguments, or the API server does not answer or refuses',
  uninstall: '0 done, 1 some finalizers are left, 2 bad arguments, or the API server does not answer or refuses',
  crds: '0 done, 2 bad arguments',
} as const satisfies Readonly<Record<CommandName, string>>

function describe(flag: Flag): readonly string[] {
  const value = flag.placeholder === undefined ? '' : ` <${flag.placeholder}>`
  const notes = [
    ...(flag.default === '' ? [] : [`Default: ${flag.default}.`]),
    ...(flag.repeatable === true ? ['Repeat it, or give a list with commas.'] : []),
  ]
  return [
    `  ${flag.short === undefined ? '' : `-${flag.short}, `}--${flag.name}${value}   (${environmentVariable(flag)})`,
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
