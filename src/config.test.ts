import { expect, test } from 'vitest'

import { type Config, type ParsedConfig, parseConfig } from './config.ts'
import { environmentVariable } from './config/flag.ts'
import { flags } from './config/flags.ts'
import { commandNames } from './config/help.ts'
import { version } from './version.ts'

/** As in a pod of the namespace `operators`. */
const parse = (argv: readonly string[], env: Readonly<Record<string, string>>): ParsedConfig =>
  parseConfig(argv, env, 'operators')

const defaults: Config = {
  kubeconfig: undefined,
  namespaces: [],
  listen: { port: 8080 },
  leaderElect: true,
  leaderElectionNamespace: 'operators',
  concurrency: 128,
  secretAccess: 'Watch',
  allowEndpointCidrs: [],
  denyEndpointCidrs: [],
  deletionTimeoutMilliseconds: 900_000,
  proxyFromEnvironment: false,
  installationId: undefined,
  logLevel: 'info',
}

test('nothing given means the defaults', () => {
  expect(parse([], {})).toEqual({ config: defaults })
  expect(parse(['run'], {})).toEqual({ config: defaults })
})

test.each<{ name: string; given: string[]; want: Partial<Config> }>([
  { name: 'a kubeconfig', given: ['--kubeconfig', '/tmp/k'], want: { kubeconfig: '/tmp/k' } },
  { name: 'a value after an equals sign', given: ['--kubeconfig=-k'], want: { kubeconfig: '-k' } },
  {
    name: 'several namespaces',
    given: ['--namespace', 'a', '--namespace=b-2,c'],
    want: { namespaces: ['a', 'b-2', 'c'] },
  },
  { name: 'a port', given: ['--listen', ':9090'], want: { listen: { port: 9090 } } },
  { name: 'an IPv4 address', given: ['--listen', '127.0.0.1:0'], want: { listen: { host: '127.0.0.1', port: 0 } } },
  { name: 'an IPv6 address', given: ['--listen', '[::1]:80'], want: { listen: { host: '::1', port: 80 } } },
  { name: 'a host', given: ['--listen', 'localhost:80'], want: { listen: { host: 'localhost', port: 80 } } },
  { name: 'the last of several', given: ['--listen', ':1', '--listen', ':2'], want: { listen: { port: 2 } } },
  { name: 'no leader election', given: ['--no-leader-elect'], want: { leaderElect: false } },
  {
    name: 'another namespace for the lease than the pod has',
    given: ['--leader-election-namespace', 'leases'],
    want: { leaderElectionNamespace: 'leases' },
  },
  { name: 'concurrency', given: ['--concurrency', '1'], want: { concurrency: 1 } },
  { name: 'secret access', given: ['--secret-access', 'Get'], want: { secretAccess: 'Get' } },
  {
    name: 'allowed blocks',
    given: ['--allow-endpoint-cidr', '127.0.0.0/8', '--allow-endpoint-cidr', '::1'],
    want: { allowEndpointCidrs: ['127.0.0.0/8', '::1'] },
  },
  {
    name: 'denied blocks',
    given: ['--deny-endpoint-cidr', '0.0.0.0/0, ::/0'],
    want: { denyEndpointCidrs: ['0.0.0.0/0', '::/0'] },
  },
  { name: 'minutes', given: ['--deletion-timeout', '90s'], want: { deletionTimeoutMilliseconds: 90_000 } },
  {
    name: 'hours and minutes',
    given: ['--deletion-timeout', '1h30m'],
    want: { deletionTimeoutMilliseconds: 5_400_000 },
  },
  { name: 'fractions', given: ['--deletion-timeout', '1.5m250ms'], want: { deletionTimeoutMilliseconds: 90_250 } },
  { name: 'no wait', given: ['--deletion-timeout', '0s'], want: { deletionTimeoutMilliseconds: 0 } },
  { name: 'a switch', given: ['--proxy-from-environment'], want: { proxyFromEnvironment: true } },
  { name: 'a switch off', given: ['--proxy-from-environment=false'], want: { proxyFromEnvironment: false } },
  { name: 'an id', given: ['--installation-id', 'prod_1.eu'], want: { installationId: 'prod_1.eu' } },
  { name: 'a level', given: ['run', '--log-level', 'debug'], want: { logLevel: 'debug' } },
])('takes $name', ({ given, want }) => {
  expect(parse(given, {})).toEqual({ config: { ...defaults, ...want } })
})

test.each<{ name: string; given: string[]; want: string }>([
  { name: 'an empty path', given: ['--kubeconfig='], want: "--kubeconfig '': must be the path of a file" },
  {
    name: 'a namespace in capitals',
    given: ['--namespace', 'a,B'],
    want: "--namespace 'B': must be the name of a namespace",
  },
  {
    name: 'a namespace that is too long',
    given: ['--namespace', 'a'.repeat(64)],
    want: 'must be the name of a namespace',
  },
  {
    name: 'a namespace for the lease in capitals',
    given: ['--leader-election-namespace', 'Ops'],
    want: "--leader-election-namespace 'Ops': must be the name of a namespace",
  },
  { name: 'a bare port', given: ['--listen', '8080'], want: "--listen '8080': must be a port after a colon" },
  { name: 'a port out of range', given: ['--listen', ':65536'], want: "--listen ':65536'" },
  { name: 'IPv6 without brackets', given: ['--listen', '::1:80'], want: "--listen '::1:80'" },
  { name: 'an address that is none', given: ['--listen', '300.1.1.1:80'], want: "--listen '300.1.1.1:80'" },
  {
    name: 'no workers',
    given: ['--concurrency', '0'],
    want: "--concurrency '0': must be a whole number from 1 to 256",
  },
  { name: 'half a worker', given: ['--concurrency', '1.5'], want: "--concurrency '1.5'" },
  { name: 'another mode', given: ['--secret-access', 'watch'], want: "--secret-access 'watch': must be Watch or Get" },
  {
    name: 'one bad block among good ones',
    given: ['--allow-endpoint-cidr', '10.0.0.0/8', '--allow-endpoint-cidr', '10.0.0.0/33'],
    want: "--allow-endpoint-cidr '10.0.0.0/33': must be an address block",
  },
  {
    name: 'a host as a block',
    given: ['--deny-endpoint-cidr', 'example.com'],
    want: "--deny-endpoint-cidr 'example.com'",
  },
  {
    name: 'a duration without unit',
    given: ['--deletion-timeout', '15'],
    want: "--deletion-timeout '15': must be a duration",
  },
  { name: 'a duration over a day', given: ['--deletion-timeout', '25h'], want: "--deletion-timeout '25h'" },
  {
    name: 'a switch with another value',
    given: ['--proxy-from-environment=yes'],
    want: "'yes': must be true or false",
  },
  { name: 'a negated switch with a value', given: ['--no-proxy-from-environment=x'], want: 'takes no value' },
  { name: 'an id with blanks', given: ['--installation-id', 'a b'], want: "--installation-id 'a b'" },
  {
    name: 'an unknown level',
    given: ['--log-level', 'trace'],
    want: "--log-level 'trace': must be debug, info, warn or error",
  },
  { name: 'an unknown flag', given: ['--name-space', 'x'], want: 'unknown flag --name-space' },
  { name: 'an unknown short flag', given: ['-v'], want: 'unknown flag -v' },
  { name: 'a flag without its value', given: ['--listen'], want: '--listen needs a value' },
  { name: 'a flag in place of a value', given: ['--concurrency', '--listen'], want: '--concurrency needs a value' },
  { name: 'an unknown command', given: ['start'], want: "unknown command 'start'" },
  { name: 'a second command', given: ['run', 'twice'], want: "unexpected argument 'twice'" },
  { name: 'a value that would break the line', given: ['--log-level', 'a\nb'], want: "--log-level 'a b'" },
])('refuses $name in one line', ({ given, want }) => {
  const parsed = parse(given, {})
  const problem = 'problem' in parsed ? parsed.problem : ''
  expect(problem).toContain(want)
  expect(problem).not.toContain('\n')
})

test('outside a pod the namespace of the lease has to be named, or leader election to be switched off', () => {
  const parsed = parseConfig([], {})
  const problem = 'problem' in parsed ? parsed.problem : ''
  expect(problem).toContain('--leader-election-namespace is needed outside a pod')
  expect(problem).toContain('--no-leader-elect')
  expect(problem).not.toContain('\n')
  expect(parseConfig(['--leader-election-namespace', 'leases'], {})).toEqual({
    config: { ...defaults, leaderElectionNamespace: 'leases' },
  })
  expect(parseConfig(['--no-leader-elect'], {})).toEqual({
    config: { ...defaults, leaderElect: false, leaderElectionNamespace: undefined },
  })
})

test('uninstall has flags of its own, and needs the namespace of the lease as the operator does', () => {
  const uninstall = {
    kubeconfig: undefined,
    namespaces: [],
    leaderElect: true,
    leaderElectionNamespace: 'operators',
    timeoutMilliseconds: 60_000,
  }
  expect(parse(['uninstall'], {})).toEqual({ uninstall })
  expect(parse(['uninstall', '--namespace', 'a,b', '--timeout=2m', '--no-leader-elect'], {})).toEqual({
    uninstall: { ...uninstall, namespaces: ['a', 'b'], leaderElect: false, timeoutMilliseconds: 120_000 },
  })
  const outside = parseConfig(['uninstall'], {})
  expect('problem' in outside ? outside.problem : '').toContain('--no-leader-elect when no operator runs')
  expect(parse(['uninstall', 'now'], {})).toEqual({
    problem: "unexpected argument 'now': 'uninstall' takes flags only",
  })
  expect(parse(['uninstall', '--listen=:1'], {})).toEqual({ problem: 'unknown flag --listen: --help lists the flags' })
  expect(parse(['uninstall', '--timeout', '0s'], {})).toEqual({
    problem: "--timeout '0s': must be a duration from 1s to 1h, as in 90s or 2m",
  })
})

test('doctor takes a name, and flags of which two have a letter', () => {
  const doctor = {
    kubeconfig: undefined,
    namespace: undefined,
    allNamespaces: false,
    leaderElectionNamespace: undefined,
    test: false,
    allowEndpointCidrs: [],
    denyEndpointCidrs: [],
    proxyFromEnvironment: false,
  }
  expect(parse(['doctor'], {})).toEqual({ doctor, name: undefined })
  expect(parse(['doctor', '-n', 'storage', 'weka-audit', '--test'], {})).toEqual({
    doctor: { ...doctor, namespace: 'storage', test: true },
    name: 'weka-audit',
  })
  expect(parse(['doctor', '-A'], {})).toEqual({ doctor: { ...doctor, allNamespaces: true }, name: undefined })
  for (const given of [
    ['-A', '-n', 'a'],
    ['-A', 'weka'],
  ]) {
    expect(parse(['doctor', ...given], {})).toEqual({
      problem: '--all-namespaces goes with neither a name nor --namespace',
    })
  }
  expect(parse(['doctor', 'a', 'b'], {})).toEqual({
    problem: "unexpected argument 'b': 'doctor' takes one name and flags",
  })
  expect(parse(['doctor', 's3aw/weka'], {})).toEqual({
    problem: "'s3aw/weka': must be the name of an S3AuditWebhook or S3Cluster, without its kind",
  })
})

test.each(commandNames)('%s has help of its own', (command) => {
  const parsed = parse([command, '--help'], {})
  const text = 'help' in parsed ? parsed.help : ''
  expect(text).toContain('s3-audit-operator')
  expect(text).toContain('Exit codes: 0')
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
})

test('crds takes nothing', () => {
  expect(parse(['crds'], {})).toEqual({ crds: true })
  expect(parse(['crds', 'all'], {})).toEqual({ problem: "unexpected argument 'all': 'crds' takes none" })
})

test('a long value is cut', () => {
  const parsed = parse(['--log-level', 'x'.repeat(10_000)], {})
  expect('problem' in parsed ? parsed.problem.length : 0).toBeLessThan(200)
})

test('every flag has its variable, which the flag overrides', () => {
  const env = {
    S3AUDIT_KUBECONFIG: '/k',
    S3AUDIT_NAMESPACE: 'a, b',
    S3AUDIT_LISTEN: ':1',
    S3AUDIT_LEADER_ELECT: 'false',
    S3AUDIT_LEADER_ELECTION_NAMESPACE: 'leases',
    S3AUDIT_CONCURRENCY: '2',
    S3AUDIT_SECRET_ACCESS: 'Get',
    S3AUDIT_ALLOW_ENDPOINT_CIDR: '127.0.0.1,::1',
    S3AUDIT_DENY_ENDPOINT_CIDR: '10.0.0.0/8',
    S3AUDIT_DELETION_TIMEOUT: '1m',
    S3AUDIT_PROXY_FROM_ENVIRONMENT: 'true',
    S3AUDIT_INSTALLATION_ID: 'x',
    S3AUDIT_LOG_LEVEL: 'warn',
  }
  const config: Config = {
    kubeconfig: '/k',
    namespaces: ['a', 'b'],
    listen: { port: 1 },
    leaderElect: false,
    leaderElectionNamespace: 'leases',
    concurrency: 2,
    secretAccess: 'Get',
    allowEndpointCidrs: ['127.0.0.1', '::1'],
    denyEndpointCidrs: ['10.0.0.0/8'],
    deletionTimeoutMilliseconds: 60_000,
    proxyFromEnvironment: true,
    installationId: 'x',
    logLevel: 'warn',
  }
  expect(Object.keys(env).toSorted()).toEqual(Object.values(flags).map(environmentVariable).toSorted())
  expect(parse([], env)).toEqual({ config })
  expect(parse(['--namespace', 'c', '--no-proxy-from-environment'], env)).toEqual({
    config: { ...config, namespaces: ['c'], proxyFromEnvironment: false },
  })
})

test('an empty variable counts as absent, a bad one is named', () => {
  expect(parse([], { S3AUDIT_CONCURRENCY: '' })).toEqual({ config: defaults })
  expect(parse([], { S3AUDIT_CONCURRENCY: 'x' })).toEqual({
    problem: "S3AUDIT_CONCURRENCY 'x': must be a whole number from 1 to 256",
  })
})

test('help lists every flag with variable and default, whatever stands beside it', () => {
  const parsed = parse(['--help', '--unknown', 'nonsense'], { S3AUDIT_LISTEN: 'bad' })
  const text = 'help' in parsed ? parsed.help : ''
  for (const flag of Object.values(flags)) {
    expect(text).toContain(`--${flag.name}`)
    expect(text).toContain(environmentVariable(flag))
    if (flag.default !== '') expect(text.replaceAll(/\s+/g, ' ')).toContain(`Default: ${flag.default}.`)
  }
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
})

test('the version is that of the package', () => {
  expect(parse(['--version'], {})).toEqual({ version })
  expect(version).toMatch(/^\d+\.\d+\.\d+/)
})
