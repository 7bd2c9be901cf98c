import { describe, expect, it } from 'vitest'

import { createAddressGuard } from './address-guard.ts'

const byDefault = createAddressGuard({ allow: [], deny: [], refuse: ['10.96.0.1', 'fd00:1::1'] })

/** Every way to write the IPv4 address inside an IPv6 one. */
function formsOf(ipv4: string): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number)
  const hex = (high: number, low: number): string => ((high << 8) | low).toString(16)
  const [front, back] = [hex(a, b), hex(c, d)]
  const flipped = `${hex(a ^ 255, b ^ 255)}:${hex(c ^ 255, d ^ 255)}`
  return [
    ipv4,
    `::ffff:${ipv4}`,
    `::FFFF:${front}:${back}`,
    `0:0:0:0:0:ffff:${front}:${back}`,
    `[::ffff:${front}:${back}]`,
    `::ffff:${ipv4}%eth0`,
    `::${front}:${back}`,
    `::ffff:0:${front}:${back}`,
    `64:ff9b::${front}:${back}`,
    `64:ff9b::${ipv4}`,
    `64:ff9b:1::${front}:${back}`,
    `64:ff9b:1:${front}:${hex(0, c)}:${hex(d, 0)}::`,
    `64:ff9b:1:${hex(0, a)}:${hex(0, b)}:${back}::`,
    `64:ff9b:1:0:${hex(0, a)}:${hex(b, c)}:${hex(d, 0)}:0`,
    `2002:${front}:${back}::1`,
    `2001:db8::5efe:${front}:${back}`,
    `2001:db8::200:5efe:${ipv4}`,
    `2001:0:102:304:0:0:${flipped}`,
    `2001:0:${front}:${back}:0:0:fefd:fcfb`,
  ]
}

describe('addresses refused by default', () => {
  const given = [
    { name: 'loopback', addresses: ['127.0.0.1', '127.1.2.3', '::1'] },
    { name: 'link-local', addresses: ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1'] },
    { name: 'unspecified', addresses: ['0.0.0.0', '0.1.2.3', '::'] },
    { name: 'multicast', addresses: ['224.0.0.1', '239.255.255.255', 'ff02::1'] },
    { name: 'broadcast', addresses: ['255.255.255.255'] },
    {
      name: 'metadata',
      addresses: [
        '169.254.169.254',
        '100.100.100.200',
        '168.63.129.16',
        '192.0.0.192',
        'fd00:ec2::254',
        'fd00:ec2::23',
        'fd20:ce::254',
      ],
    },
    { name: 'API server', addresses: ['10.96.0.1', 'fd00:1::1'] },
  ]
  it.each(given.flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address }))))(
    'refuses the $name address $address and says why',
    ({ name, address }) => {
      const judgement = byDefault.check(address)
      expect(judgement.allowed ? 'allowed' : judgement.reason).toContain(name)
    },
  )

  const ipv4 = ['127.0.0.1', '169.254.169.254', '100.100.100.200', '168.63.129.16', '10.96.0.1', '224.0.0.251']
  it.each(ipv4.flatMap(formsOf))('refuses %s in every spelling', (address) => {
    expect(byDefault.check(address).allowed).toBe(false)
  })

  it.each(['http://0x7f.1/', 'http://0177.0.0.1/', 'http://2130706433/', 'http://127.1/', 'http://127.0.0.1./'])(
    'refuses the literal that a URL such as %s is normalised to',
    (url) => {
      expect(byDefault.check(new URL(url).hostname).allowed).toBe(false)
    },
  )

  it.each(['', 'localhost', 'example.com', '127.1', '0x7f.1', '1.2.3.4.5', '::g', '127.0.0.1/32'])(
    'refuses %j, which is no address',
    (text) => {
      expect(byDefault.check(text)).toEqual({ allowed: false, reason: 'not an IP address' })
    },
  )
})

describe('addresses allowed by default', () => {
  it.each(['10.0.0.1', '172.16.5.4', '192.168.1.1', '100.64.0.1', '8.8.8.8', 'fd00::1', '2606:4700::1111'])(
    'allows %s, private or public',
    (address) => {
      expect(byDefault.check(address)).toEqual({ allowed: true })
    },
  )

  it.each(['10.1.2.3', '203.0.113.9'].flatMap(formsOf))('allows %s, which carries an allowed address', (address) => {
    expect(byDefault.check(address)).toEqual({ allowed: true })
  })
})

describe('allow and deny', () => {
  const cases: readonly {
    name: string
    allow?: string[]
    deny?: string[]
    address: string
    want: boolean
  }[] = [
    { name: 'an allowed built-in block is open', allow: ['127.0.0.0/8'], address: '127.0.0.1', want: true },
    { name: 'its mapped spelling too', allow: ['127.0.0.0/8'], address: '::ffff:127.0.0.1', want: true },
    { name: 'a mapped block means IPv4', allow: ['::ffff:127.0.0.0/104'], address: '127.0.0.1', want: true },
    { name: 'a shorter allow does not open', allow: ['0.0.0.0/0'], address: '127.0.0.1', want: false },
    { name: 'link-local without metadata', allow: ['169.254.0.0/16'], address: '169.254.169.254', want: false },
    { name: 'link-local itself', allow: ['169.254.0.0/16'], address: '169.254.1.1', want: true },
    { name: 'one metadata address by name', allow: ['169.254.169.254'], address: '169.254.169.254', want: true },
    { name: 'a denied private block', deny: ['10.0.0.0/8'], address: '10.1.1.1', want: false },
    { name: 'a longer allow inside', allow: ['10.1.0.0/16'], deny: ['10.0.0.0/8'], address: '10.1.1.1', want: true },
    { name: 'a longer deny inside', allow: ['10.0.0.0/8'], deny: ['10.1.0.0/16'], address: '10.1.1.1', want: false },
    { name: 'a tie denies', allow: ['10.0.0.0/8'], deny: ['10.0.0.0/8'], address: '10.1.1.1', want: false },
    { name: 'bits after the prefix do not matter', deny: ['10.9.8.7/8'], address: '10.1.1.1', want: false },
    {
      name: 'an exclusive list keeps the rest out',
      allow: ['10.0.0.0/8'],
      deny: ['0.0.0.0/0', '::/0'],
      address: '8.8.8.8',
      want: false,
    },
    {
      name: 'an exclusive list lets its own in',
      allow: ['10.0.0.0/8'],
      deny: ['0.0.0.0/0', '::/0'],
      address: '10.2.3.4',
      want: true,
    },
    {
      name: 'an exclusive list keeps IPv6 out',
      allow: ['10.0.0.0/8'],
      deny: ['0.0.0.0/0', '::/0'],
      address: '2606:4700::1111',
      want: false,
    },
    { name: 'IPv6 loopback when allowed', allow: ['::1/128'], address: '::1', want: true },
  ]
  it.each(cases)('$name', ({ allow = [], deny = [], address, want }) => {
    expect(createAddressGuard({ allow, deny, refuse: [] }).check(address).allowed).toBe(want)
  })

  it.each([
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    'example.com',
    '',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'fe80::1%eth0/64',
  ])('does not start with the malformed block %j, and names it', (text) => {
    expect(() => createAddressGuard({ allow: [text], deny: [], refuse: [] })).toThrow(`"${text}"`)
    expect(() => createAddressGuard({ allow: [], deny: [text], refuse: [] })).toThrow('is not an address block')
  })
})
