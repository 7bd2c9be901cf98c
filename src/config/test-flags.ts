import { z } from 'zod'

import { parseDuration } from './duration.ts'
import { inRange, optional, readBoolean, single } from './flag-schemas.ts'
import type { Flag } from './flag.ts'
import { flags } from './flags.ts'

/** What `test` tests, and as whom. */
export interface TestConfig {
  readonly endpoint: URL
  readonly targetType: 'SplunkHEC' | 'HTTP'
  /** Path; undefined: the token is that of the environment, if there is one. */
  readonly tokenFile: string | undefined
  /** Undefined: Splunk for SplunkHEC, Bearer for HTTP. */
  readonly authScheme: 'Splunk' | 'Bearer' | 'Verbatim' | undefined
  readonly caFile: string | undefined
  readonly serverName: string | undefined
  readonly verify: boolean
  readonly healthPath: string | undefined
  readonly timeoutMilliseconds: number
  /** Send the marked event of level 3. */
  readonly testEvent: boolean
  readonly allowEndpointCidrs: readonly string[]
  readonly denyEndpointCidrs: readonly string[]
  readonly proxyFromEnvironment: boolean
}

/** All flags of `test`, by the setting they make. */
export const testFlags: { readonly [K in keyof TestConfig]: Flag<TestConfig[K]> } = {
  endpoint: {
    name: 'endpoint',
    placeholder: 'url',
    default: '',
    description: 'What the S3 cluster would post to, as in `spec.endpoint`. Needed.',
    rule: 'an http or https URL without credentials: the token comes from --token-file or S3AUDIT_TOKEN',
    schema: single(readEndpoint),
    confidential: true,
  },
  targetType: {
    name: 'target-type',
    placeholder: 'type',
    default: 'SplunkHEC',
    description: 'What the endpoint leads to: SplunkHEC or HTTP.',
    rule: 'SplunkHEC or HTTP',
    schema: single((text) => (text === 'SplunkHEC' || text === 'HTTP' ? text : undefined)),
  },
  tokenFile: {
    name: 'token-file',
    placeholder: 'path',
    default: '',
    description:
      'File that holds the token; - reads it from standard input. Without it: the variable S3AUDIT_TOKEN. There is no flag for the token itself, since everybody on the machine can read the arguments of a process.',
    rule: 'the path of a file, or -',
    schema: optional(z.string().min(1)),
  },
  authScheme: {
    name: 'auth-scheme',
    placeholder: 'scheme',
    default: '',
    description: 'Splunk, Bearer or Verbatim, as in `spec.authScheme`. Without it: Splunk, and Bearer for type HTTP.',
    rule: 'Splunk, Bearer or Verbatim',
    schema: z.array(z.literal(['Splunk', 'Bearer', 'Verbatim'])).transform((values) => values.at(-1)),
    confidential: true,
  },
  caFile: {
    name: 'ca-file',
    placeholder: 'path',
    default: '',
    description: "PEM file of the CAs that the target's certificate may come from. Without it: those of the system.",
    rule: 'the path of a file',
    schema: optional(z.string().min(1)),
  },
  serverName: {
    name: 'server-name',
    placeholder: 'name',
    default: '',
    description: "Name that the target's certificate must be for. Without it: the host of the endpoint.",
    rule: 'a host name',
    schema: optional(z.string().regex(/^[A-Za-z\d](?:[-.A-Za-z\d]{0,251}[A-Za-z\d])?$/)),
  },
  verify: {
    name: 'verify',
    default: 'true',
    description: "Refuse certificates that are not trusted. Off: the target's identity is not tested.",
    rule: 'true or false',
    schema: single(readBoolean),
  },
  healthPath: {
    name: 'health-path',
    placeholder: 'path',
    default: '',
    description: 'Path that answers GET with 2xx while the target is healthy; type HTTP only.',
    rule: "a path that begins with one '/'",
    schema: optional(z.string().regex(/^\/(?!\/)[^\s\\#]*$/)),
  },
  timeoutMilliseconds: {
    name: 'timeout',
    placeholder: 'duration',
    default: '5s',
    description: 'How long each level may take.',
    rule: 'a duration from 100ms to 60s',
    schema: single((text) => inRange(parseDuration(text), 100, 60_000)),
  },
  testEvent: {
    name: 'test-event',
    default: 'true',
    description: 'Send one marked event in the end. Off: nothing is stored in the target, and less is proved.',
    rule: 'true or false',
    schema: single(readBoolean),
  },
  allowEndpointCidrs: flags.allowEndpointCidrs,
  denyEndpointCidrs: flags.denyEndpointCidrs,
  proxyFromEnvironment: flags.proxyFromEnvironment,
}

function readEndpoint(text: string): URL | undefined {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  const secret = url.username !== '' || url.password !== '' || url.searchParams.has('token')
  return secret ? undefined : url
}
