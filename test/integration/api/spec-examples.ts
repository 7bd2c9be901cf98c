/** One change to a valid spec and what must come of it. */
export interface SpecExample {
  readonly name: string
  /** Dotted path of the field that is set; an `undefined` value takes it out. */
  readonly field: string
  readonly value: unknown
  /** Further fields that the case needs. */
  readonly others?: Readonly<Record<string, unknown>>
  /** Absent: accepted. Else words that the refusal must hold, and the field it must name (`field` when absent). */
  readonly refused?: { readonly because: string; readonly at?: string }
}

export const minimalWebhookSpec: Readonly<Record<string, unknown>> = {
  clusterRef: { name: 'store' },
  endpoint: 'https://splunk.example.com:8088/services/collector/raw',
}

export const minimalClusterSpec: Readonly<Record<string, unknown>> = {
  type: 'WEKA',
  credentialsSecretRef: { name: 'store-credentials' },
}

const notAbsolute = "must be an absolute URL that begins with 'https://' or 'http://'"
const badCharacters = 'must not contain blanks, backslashes, control characters'
const noHost = 'must have a host'
const badPort = 'must have a port from 1 to 65535, or none'
const userinfo = 'must not carry a user name or password'
const fragment = 'must not have a fragment'
const malformed = 'must be a valid URL'
const tokenInQuery = 'must not carry a token in its query'
const dnsName = 'should match'

/** Rules over every URL of either kind. */
const urlExamples: readonly { readonly value: unknown; readonly because?: string }[] = [
  { value: 'https://splunk.example.com/services/collector/raw' },
  { value: 'http://splunk.example.com:80' },
  { value: 'https://splunk.example.com./x' },
  { value: 'https://under_score.example.com/x' },
  { value: 'https://192.0.2.10:65535/x' },
  { value: 'https://[2001:db8::1]:8088/x' },
  { value: 'https://[::ffff:192.0.2.1]/' },
  { value: 'https://host:1/a%20b' },
  { value: `https://host/${'a'.repeat(2035)}` },
  { value: `https://host/${'a'.repeat(2036)}`, because: '2048' },
  { value: '', because: 'at least 1 chars long' },
  { value: 17, because: 'must be of type string' },
  { value: 'splunk.example.com:8088', because: notAbsolute },
  { value: '/services/collector', because: notAbsolute },
  { value: '//splunk.example.com/x', because: notAbsolute },
  { value: 'ftp://splunk.example.com/x', because: notAbsolute },
  { value: 'javascript:alert(1)', because: notAbsolute },
  { value: ' https://splunk.example.com/x', because: notAbsolute },
  { value: 'https://splunk.example.com/a b', because: badCharacters },
  { value: 'https://splunk.example.com/x\n', because: badCharacters },
  { value: 'https://splunk.example.com\\@other.example.com/', because: badCharacters },
  { value: 'https://bücher.example.com/', because: badCharacters },
  { value: 'https://', because: noHost },
  { value: 'https:///services', because: noHost },
  { value: 'https://:8088/x', because: noHost },
  { value: 'https://?x=1', because: noHost },
  { value: 'https://-splunk.example.com/', because: noHost },
  { value: 'https://spl%75nk.example.com/', because: noHost },
  { value: 'https://2001:db8::1/x', because: noHost },
  { value: 'https://[splunk]/x', because: noHost },
  { value: 'https://[::1/x', because: noHost },
  { value: 'https://splunk.example.com:/x', because: badPort },
  { value: 'https://splunk.example.com:0/x', because: badPort },
  { value: 'https://splunk.example.com:65536/x', because: badPort },
  { value: 'https://splunk.example.com:100000', because: badPort },
  { value: 'https://splunk.example.com:https/x', because: badPort },
  { value: 'https://[2001:db8::1]:99999/x', because: badPort },
  { value: 'https://admin:secret@splunk.example.com/x', because: userinfo },
  { value: 'https://admin@splunk.example.com/x', because: userinfo },
  { value: 'https://@splunk.example.com/x', because: userinfo },
  { value: 'https://splunk.example.com/x#top', because: fragment },
  { value: 'https://splunk.example.com/%zz', because: malformed },
]

function urls(field: string, wrap: (value: unknown) => unknown, at: string): readonly SpecExample[] {
  return urlExamples.map(({ value, because }) => ({
    name: `${at} ${JSON.stringify(value).slice(0, 60)}`,
    field,
    value: wrap(value),
    ...(because === undefined ? {} : { refused: { because, at } }),
  }))
}

/** An integer field is tried at both bounds and one beyond each, and with a text and a fraction. */
function integers(
  field: string,
  minimum: number,
  maximum: number,
  others?: SpecExample['others'],
): readonly SpecExample[] {
  const more = others === undefined ? {} : { others }
  return [
    { name: `${field} at its least`, field, value: minimum, ...more },
    { name: `${field} at its most`, field, value: maximum, ...more },
    {
      name: `${field} below its bound`,
      field,
      value: minimum - 1,
      ...more,
      refused: { because: `greater than or equal to ${minimum}` },
    },
    {
      name: `${field} above its bound`,
      field,
      value: maximum + 1,
      ...more,
      // Above int32 the format is what refuses.
      refused: { because: maximum === 2_147_483_647 ? 'int32' : `less than or equal to ${maximum}` },
    },
    { name: `${field} as a text`, field, value: '60', ...more, refused: { because: 'must be of type integer' } },
    {
      name: `${field} as a fraction`,
      field,
      value: minimum + 0.5,
      ...more,
      refused: { because: 'must be of type integer' },
    },
  ]
}

function enums(
  field: string,
  values: readonly string[],
  others?: Readonly<Record<string, Record<string, unknown>>>,
): readonly SpecExample[] {
  return [
    ...values.map((value) => ({
      name: `${field} ${value}`,
      field,
      value,
      ...(others?.[value] === undefined ? {} : { others: others[value] }),
    })),
    { name: `${field} unknown`, field, value: 'Sometimes', refused: { because: 'supported values' } },
    {
      name: `${field} in lower case`,
      field,
      value: values[0]?.toLowerCase(),
      refused: { because: 'supported values' },
    },
  ]
}

function booleans(field: string): readonly SpecExample[] {
  return [
    { name: `${field} true`, field, value: true },
    { name: `${field} false`, field, value: false },
    { name: `${field} as a text`, field, value: 'true', refused: { because: 'must be of type boolean' } },
  ]
}

function objectNames(field: string): readonly SpecExample[] {
  return [
    { name: `${field} with dots and dashes`, field, value: 'a.b-c.1' },
    { name: `${field} of 253 characters`, field, value: 'a'.repeat(253) },
    { name: `${field} of 254 characters`, field, value: 'a'.repeat(254), refused: { because: '253' } },
    { name: `${field} empty`, field, value: '', refused: { because: 'at least 1 chars long' } },
    { name: `${field} absent`, field, value: undefined, refused: { because: 'Required value' } },
    ...['Upper', '-a', 'a-', 'a..b', 'other/name', '../a', 'a b', 'a_b'].map((value) => ({
      name: `${field} '${value}'`,
      field,
      value,
      refused: { because: dnsName },
    })),
  ]
}

function dataKeys(field: string): readonly SpecExample[] {
  return [
    { name: `${field} of every kind of character`, field, value: '-._aZ9' },
    { name: `${field} empty`, field, value: '', refused: { because: 'at least 1 chars long' } },
    { name: `${field} of 254 characters`, field, value: 'a'.repeat(254), refused: { because: '253' } },
    { name: `${field} with a slash`, field, value: 'a/b', refused: { because: 'should match' } },
  ]
}

const tlsExamples: readonly SpecExample[] = [
  ...enums('tls.verification', ['Full', 'None']),
  ...enums('tls.caCertificateRef.kind', ['Secret', 'ConfigMap']).map(withCaName),
  ...objectNames('tls.caCertificateRef.name').map(withCaKind),
  ...dataKeys('tls.caCertificateRef.key').map(withCaName).map(withCaKind),
  {
    name: 'tls.caCertificateRef without kind',
    field: 'tls.caCertificateRef',
    value: { name: 'ca' },
    refused: { because: 'Required value', at: 'tls.caCertificateRef.kind' },
  },
  { name: 'tls.serverName', field: 'tls.serverName', value: 'Splunk.example.com' },
  { name: 'tls.serverName of one label', field: 'tls.serverName', value: 'splunk' },
  { name: 'tls.serverName as an address', field: 'tls.serverName', value: '192.0.2.1', refused: { because: dnsName } },
  { name: 'tls.serverName empty', field: 'tls.serverName', value: '', refused: { because: 'at least 1 chars long' } },
  { name: 'tls.serverName with a port', field: 'tls.serverName', value: 'splunk:1', refused: { because: dnsName } },
  { name: 'tls.serverName too long', field: 'tls.serverName', value: 'a'.repeat(254), refused: { because: '253' } },
]

function withCaName(example: SpecExample): SpecExample {
  return { ...example, others: { ...example.others, 'tls.caCertificateRef.name': 'ca' } }
}

function withCaKind(example: SpecExample): SpecExample {
  return { ...example, others: { ...example.others, 'tls.caCertificateRef.kind': 'Secret' } }
}

const http = { targetType: 'HTTP' }
const onePath = "must be a path that begins with one '/'"

export const webhookExamples: readonly SpecExample[] = [
  ...urls('endpoint', (value) => value, 'endpoint'),
  { name: 'endpoint with a query', field: 'endpoint', value: 'https://host/x?channel=1&sourcetype=a' },
  { name: 'endpoint with a token-like query', field: 'endpoint', value: 'https://host/x?mytoken=1' },
  ...['?token=a', '?a=b&token=c', '?TOKEN=a', '?a=b&ToKeN=c', '?a;token=b'].map((query) => ({
    name: `endpoint with ${query}`,
    field: 'endpoint',
    value: `https://host/x${query}`,
    refused: { because: tokenInQuery },
  })),
  { name: 'endpoint absent', field: 'endpoint', value: undefined, refused: { because: 'Required value' } },
  { name: 'clusterRef absent', field: 'clusterRef', value: undefined, refused: { because: 'Required value' } },
  ...objectNames('clusterRef.name'),
  ...booleans('enabled'),
  ...booleans('suspend'),
  ...objectNames('authTokenSecretRef.name').map((example) => ({
    ...example,
    others: { 'authTokenSecretRef.key': 'token' },
  })),
  ...dataKeys('authTokenSecretRef.key').map((example) => ({
    ...example,
    others: { 'authTokenSecretRef.name': 'hec' },
  })),
  ...enums('authScheme', ['Splunk', 'Bearer', 'Verbatim']).map((example) => ({
    ...example,
    others: { 'authTokenSecretRef.name': 'hec' },
  })),
  {
    name: 'authScheme without a token',
    field: 'authScheme',
    value: 'Bearer',
    refused: { because: 'must not be set without `authTokenSecretRef`' },
  },
  ...enums('targetType', ['SplunkHEC', 'HTTP']),
  ...tlsExamples,
  ...enums('probe.mode', ['Enabled', 'Disabled']),
  ...integers('probe.periodSeconds', 10, 3600, { 'probe.timeoutSeconds': 1 }),
  ...integers('probe.timeoutSeconds', 1, 60, { 'probe.periodSeconds': 3600 }),
  { name: 'probe.timeoutSeconds as long as the period', field: 'probe.timeoutSeconds', value: 30 },
  {
    name: 'probe.timeoutSeconds longer than the default period',
    field: 'probe.timeoutSeconds',
    value: 31,
    refused: { because: 'must not be greater than `periodSeconds`' },
  },
  ...integers('probe.failureThreshold', 1, 10),
  ...integers('probe.successThreshold', 1, 10),
  ...integers('probe.testEventPeriodSeconds', 0, 86_400),
  ...[60, 61].map((value) => ({
    name: `probe.testEventPeriodSeconds ${value}`,
    field: 'probe.testEventPeriodSeconds',
    value,
  })),
  ...[1, 59].map((value) => ({
    name: `probe.testEventPeriodSeconds ${value}`,
    field: 'probe.testEventPeriodSeconds',
    value,
    refused: { because: 'must be 0 or at least 60' },
  })),
  ...['/', '/healthz', '/a/b?verbose', `/${'a'.repeat(1023)}`].map((value) => ({
    name: `probe.healthPath ${value.slice(0, 40)}`,
    field: 'probe.healthPath',
    value,
    others: http,
  })),
  ...['healthz', 'https://host/', '//other.example.com/', '/\\other.example.com/', '/a b', '/a#b'].map((value) => ({
    name: `probe.healthPath ${value}`,
    field: 'probe.healthPath',
    value,
    others: http,
    refused: { because: onePath },
  })),
  {
    name: 'probe.healthPath too long',
    field: 'probe.healthPath',
    value: `/${'a'.repeat(1024)}`,
    others: http,
    refused: { because: '1024' },
  },
  {
    name: 'probe.healthPath of a Splunk HEC',
    field: 'probe.healthPath',
    value: '/healthz',
    refused: { because: "must not be set unless `targetType` is 'HTTP'" },
  },
  ...integers('buffer.capacityEvents', 1, 2_147_483_647),
  ...integers('buffer.eventsPerMinute', 1, 2_147_483_647),
  ...integers('buffer.atRiskSeconds', 60, 604_800),
  ...integers('minio.queueSize', 1, 10_000_000),
  ...integers('minio.batchSize', 1, 10_000),
  ...integers('minio.maxRetries', 0, 1000),
  ...integers('minio.retryIntervalSeconds', 1, 60),
  ...integers('minio.requestTimeoutSeconds', 1, 300),
  { name: 'minio.queueDir', field: 'minio.queueDir', value: '/var/lib/minio-audit' },
  ...['relative', '/with blank', '/with"quote', ''].map((value) => ({
    name: `minio.queueDir '${value}'`,
    field: 'minio.queueDir',
    value,
    refused: { because: 'should match' },
  })),
  {
    name: 'minio.queueDir too long',
    field: 'minio.queueDir',
    value: `/${'a'.repeat(1024)}`,
    refused: { because: '1024' },
  },
  { name: 'minio empty', field: 'minio', value: {} },
  ...enums('managementPolicy', ['Manage', 'Observe']),
  ...enums('foreignWebhookPolicy', ['Refuse', 'Overwrite']),
  ...enums('deletionPolicy', ['Delete', 'Retain']),
  ...enums('changePolicy', ['WhenAccepted', 'Always']),
]

export const clusterExamples: readonly SpecExample[] = [
  ...urls('endpoints', (value) => [value], 'endpoints[0]'),
  { name: 'endpoints empty on WEKA', field: 'endpoints', value: [] },
  {
    name: 'endpoints, 16 of them',
    field: 'endpoints',
    value: Array.from({ length: 16 }, (_, i) => `https://node${i}:14000`),
  },
  {
    name: 'endpoints, 17 of them',
    field: 'endpoints',
    value: Array.from({ length: 17 }, (_, i) => `https://node${i}:14000`),
    refused: { because: '16' },
  },
  {
    name: 'endpoints with a query',
    field: 'endpoints',
    value: ['https://host:14000/?a=b'],
    refused: { because: 'must not have a query', at: 'endpoints[0]' },
  },
  {
    name: 'endpoints empty on MinIO',
    field: 'endpoints',
    value: [],
    others: { type: 'MinIO' },
    refused: { because: "must have at least one entry when `type` is 'MinIO'" },
  },
  ...enums('type', ['WEKA', 'MinIO'], { MinIO: { endpoints: ['https://minio:9000'] } }),
  { name: 'type absent', field: 'type', value: undefined, refused: { because: 'Required value' } },
  {
    name: 'credentialsSecretRef absent',
    field: 'credentialsSecretRef',
    value: undefined,
    refused: { because: 'Required value' },
  },
  ...objectNames('credentialsSecretRef.name'),
  ...tlsExamples,
  ...integers('requestTimeoutSeconds', 5, 300),
  ...integers('driftCheckSeconds', 60, 86_400),
]

/** The minimal spec with the change of `example` made. */
export function specOf(minimal: Readonly<Record<string, unknown>>, example: SpecExample): Record<string, unknown> {
  const spec = structuredClone(minimal) as Record<string, unknown>
  for (const [field, value] of Object.entries(example.others ?? {})) setField(spec, field.split('.'), value)
  setField(spec, example.field.split('.'), example.value)
  return spec
}

function setField(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [step, ...rest] = path
  if (step === undefined) return
  if (rest.length === 0) {
    if (value === undefined) delete target[step]
    else target[step] = value
    return
  }
  const inner = { ...(target[step] as Record<string, unknown> | undefined) }
  target[step] = inner
  setField(inner, rest, value)
}
