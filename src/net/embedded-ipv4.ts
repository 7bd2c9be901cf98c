import { blockContains, type IpAddress, type IpBlock, parseIpBlock } from './ip-address.ts'

/**
 * One way to carry an IPv4 address inside an IPv6 one. `only` means that the IPv6 form is a mere spelling: no packet
 * carries it, so the IPv4 address alone is to be judged.
 */
interface Embedding {
  readonly block: IpBlock
  readonly only: boolean
  readonly extract: (value: bigint) => readonly bigint[]
}

export interface EmbeddedIpv4 {
  readonly addresses: readonly IpAddress[]
  readonly only: boolean
}

/** The IPv4 addresses that a packet to this IPv6 address may end at after translation or tunnelling. */
export function embeddedIpv4(address: IpAddress): EmbeddedIpv4 {
  if (address.family === 4 || address.value <= 1n) return { addresses: [], only: false }
  const matching = embeddings.filter((embedding) => blockContains(embedding.block, address))
  const values = [...matching.flatMap((embedding) => embedding.extract(address.value)), ...isatap(address.value)]
  return {
    addresses: values.map((value): IpAddress => ({ family: 4, value })),
    only: matching.some((embedding) => embedding.only),
  }
}

/** `bits` bits that end `after` bits before the end. */
function field(value: bigint, after: bigint, bits: bigint): bigint {
  return (value >> after) & ((1n << bits) - 1n)
}

/** ISATAP, RFC 5214 6.1: below any prefix, marked by the interface identifier `0000:5efe` or `0200:5efe`. */
function isatap(value: bigint): readonly bigint[] {
  const mark = field(value, 32n, 32n)
  return mark === 0x5efen || mark === 0x0200_5efen ? [last(value)] : []
}

const last = (value: bigint): bigint => field(value, 0n, 32n)

const embeddings: readonly Embedding[] = [
  { block: block('::ffff:0:0/96'), only: true, extract: (value) => [last(value)] }, // IPv4-mapped, RFC 4291 2.5.5.2
  { block: block('::/96'), only: true, extract: (value) => [last(value)] }, // IPv4-compatible, RFC 4291 2.5.5.1
  { block: block('::ffff:0:0:0/96'), only: false, extract: (value) => [last(value)] }, // IPv4-translated, RFC 2765
  { block: block('64:ff9b::/96'), only: false, extract: (value) => [last(value)] }, // NAT64, RFC 6052
  // NAT64 within a site, RFC 8215: which prefix length the translator uses is unknown, so every one of RFC 6052 2.2 counts.
  // Bits 64 to 71 stay empty in the shorter ones, which splits the address. What begins with 0 is the padding of another length.
  {
    block: block('64:ff9b:1::/48'),
    only: false,
    extract: (value) =>
      [
        (field(value, 64n, 16n) << 16n) | field(value, 40n, 16n),
        (field(value, 64n, 8n) << 24n) | field(value, 32n, 24n),
        field(value, 24n, 32n),
        last(value),
      ].filter((candidate) => candidate >> 24n !== 0n),
  },
  { block: block('2002::/16'), only: false, extract: (value) => [field(value, 80n, 32n)] }, // 6to4, RFC 3056
  // Teredo, RFC 4380: the relay's address, and the client's with every bit flipped.
  {
    block: block('2001::/32'),
    only: false,
    extract: (value) => [field(value, 64n, 32n), last(value) ^ 0xffff_ffffn],
  },
]

function block(text: string): IpBlock {
  const parsed = parseIpBlock(text)
  if (parsed === undefined) throw new Error(`Not an address block: ${text}`)
  return parsed
}
