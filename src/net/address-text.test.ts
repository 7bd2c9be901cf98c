import { BlockList, isIP, isIPv4 } from 'node:net'

import { describe, expect, it } from 'vitest'

import { createAddressGuard } from './address-guard.ts'
import { parseIpAddress } from './ip-address.ts'

type Random = () => number

/** Of 32 bits, Park and Miller's generator. */
function seeded(seed: number): Random {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

const random = seeded(20_261_121)
const below = (limit: number): number => Math.floor(random() * limit)
const pick = <T>(values: readonly [T, ...T[]]): T => values[below(values.length)] ?? values[0]

const guard = createAddressGuard({ allow: [], deny: [], refuse: [] })

/** The same rules for IPv4, by Node's own implementation. */
const refusedIpv4 = new BlockList()
refusedIpv4.addSubnet('0.0.0.0', 8)
refusedIpv4.addSubnet('127.0.0.0', 8)
refusedIpv4.addSubnet('169.254.0.0', 16)
refusedIpv4.addSubnet('224.0.0.0', 4)
for (const address of ['100.100.100.200', '168.63.129.16', '192.0.0.192', '255.255.255.255']) {
  refusedIpv4.addAddress(address)
}

type Octets = readonly [number, number, number, number]

/** Anywhere, but often at the edges of what is refused. */
function anyIpv4(): Octets {
  const octet = (): number =>
    pick([0, 1, 126, 127, 128, 168, 169, 223, 224, 239, 240, 254, 255, below(256), below(256)])
  return pick<Octets>([
    [octet(), octet(), octet(), octet()],
    [127, octet(), octet(), octet()],
    [169, 254, octet(), octet()],
    [100, 100, 100, 200],
    [10, octet(), octet(), octet()],
  ])
}

const dotted = (octets: Octets): string => octets.join('.')
const numberOf = ([a, b, c, d]: Octets): number => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
const hex = (value: number): string => pick([value.toString(16), value.toString(16).toUpperCase()])
const group = (value: number): string => pick([hex(value), hex(value).padStart(4, '0')])

/** One of the ways in which a URL may write an IPv4 address: WHATWG URL, "IPv4 parser". */
function inUrl(octets: Octets): string {
  const part = (value: number): string =>
    pick([String(value), `0x${hex(value)}`, `0X${hex(value)}`, `0${value.toString(8)}`])
  const [a, b, c, d] = octets
  return (
    pick([
      [a, b, c, d].map(part).join('.'),
      [part(a), part(b), part((c << 8) | d)].join('.'),
      [part(a), part((b << 16) | (c << 8) | d)].join('.'),
      part(numberOf(octets)),
    ]) + pick(['', '', '.'])
  )
}

/** One of the ways to carry the IPv4 address inside an IPv6 one, in one of the ways to write that. */
function inIpv6(octets: Octets): string {
  const [a, b, c, d] = octets
  const tail = pick([`${group((a << 8) | b)}:${group((c << 8) | d)}`, dotted(octets)])
  const [front, back] = [group((a << 8) | b), group((c << 8) | d)]
  const text = pick([
    `::ffff:${tail}`,
    `0:0:0:0:0:${pick(['ffff', 'FFFF', 'FfFf'])}:${tail}`,
    `0::0:ffff:${tail}`,
    `64:ff9b::${tail}`,
    `0064:FF9B:0:0:0:0:${tail}`,
    `64:ff9b:1::${tail}`,
    `::ffff:0:${tail}`,
    `2002:${front}:${back}::${group(below(65_536))}`,
    `2001:db8::5efe:${tail}`,
  ])
  return pick([text, text, `[${text}]`, `${text}%eth0`])
}

const rounds = 1_000

/** Collects what `problem` finds in many rounds. */
function problems(problem: () => string | undefined): readonly string[] {
  const found = Array.from({ length: rounds }, problem).filter((text) => text !== undefined)
  return found.slice(0, 5)
}

describe('whatever the address', () => {
  it('IPv4 is judged as Node judges it', () => {
    const found = problems(() => {
      const text = dotted(anyIpv4())
      return guard.check(text).allowed === refusedIpv4.check(text) ? text : undefined
    })
    expect(found).toEqual([])
  })

  it('the spelling in a URL changes nothing', () => {
    const found = problems(() => {
      const octets = anyIpv4()
      const spelt = inUrl(octets)
      const { hostname } = new URL(`http://${spelt}:8088/`)
      const same = hostname === dotted(octets) && guard.check(hostname).allowed !== refusedIpv4.check(dotted(octets))
      return same ? undefined : `${spelt} of ${dotted(octets)}`
    })
    expect(found).toEqual([])
  })

  it('an IPv6 address that carries what is refused is refused', () => {
    const found = problems(() => {
      const octets = anyIpv4()
      // 0.0.0.0/8 is nowhere on the far side of a translator, and cannot be told from padding there.
      if (octets[0] === 0 || !refusedIpv4.check(dotted(octets))) return undefined
      const text = inIpv6(octets)
      return isIP(text.replaceAll(/[[\]]/gu, '')) === 6 && !guard.check(text).allowed ? undefined : text
    })
    expect(found).toEqual([])
  })

  it('the spelling of IPv6 changes nothing', () => {
    const found = problems(() => {
      const groups = Array.from({ length: 8 }, () => pick([0, 0, 1, 0xfe80, 0xff02, 0x64, 0xff9b, below(65_536)]))
      const full = groups.map((value) => value.toString(16)).join(':')
      const short = new URL(`http://[${full}]/`).hostname
      const spelt = groups.map(group).join(':')
      const value = groups.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n)
      return [full, spelt, short, short.slice(1, -1), `${spelt}%1`].find(
        (text) => parseIpAddress(text)?.value !== value || guard.check(text).allowed !== guard.check(full).allowed,
      )
    })
    expect(found).toEqual([])
  })

  it('text that is none is refused, and never breaks anything', () => {
    const characters = '0123456789abcdefxX.:%[]/ \u0000\u{ff10}-+'
    const found = problems(() => {
      const start = pick(['', dotted(anyIpv4()), inIpv6(anyIpv4()), inUrl(anyIpv4())])
      const at = below(start.length + 1)
      const noise = Array.from({ length: below(4) }, () => characters[below(characters.length)] ?? '').join('')
      const text = start.slice(0, at) + noise + start.slice(at + below(3))
      const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
      const { allowed } = guard.check(text)
      const wrong = isIP(bare) === 0 ? allowed : isIPv4(bare) && allowed === refusedIpv4.check(bare)
      return wrong ? JSON.stringify(text) : undefined
    })
    expect(found).toEqual([])
  })
})
