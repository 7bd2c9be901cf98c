import { embeddedIpv4 } from './embedded-ipv4.ts'
import { addressBits, blockContains, type IpAddress, type IpBlock, parseIpAddress, parseIpBlock } from './ip-address.ts'

export interface AddressGuardOptions {
  /** Blocks (`10.0.0.0/8`, `fd00::/8`, or one address) that may be connected to although they are refused otherwise. */
  readonly allow: readonly string[]
  /** Blocks that must not be connected to. */
  readonly deny: readonly string[]
  /** Single addresses refused like the built-in ones: those of the API server. */
  readonly refuse: readonly string[]
}

export type AddressJudgement = { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

/** Decides which addresses the operator may connect to on behalf of somebody who may write a URL into a resource. */
export interface AddressGuard {
  /** `address`: an IP literal in any form. What is no address is refused: names are judged after resolution. */
  check(address: string): AddressJudgement
}

interface Rule {
  readonly block: IpBlock
  /** Undefined: allowed. */
  readonly refusal: string | undefined
  /** Decides between rules of equal prefix: deny before allow before what is built in. */
  readonly rank: number
}

const [builtInRank, allowRank, denyRank] = [0, 1, 2]

/** Refused unless allowed: what leads back to the operator's own machine, or to credentials that a cloud hands to it. */
const builtIn: readonly (readonly [block: string, refusal: string])[] = [
  ['0.0.0.0/8', 'unspecified address'],
  ['127.0.0.0/8', 'loopback address'],
  ['169.254.0.0/16', 'link-local address'],
  ['169.254.169.254/32', 'metadata service of the cloud'],
  ['100.100.100.200/32', 'metadata service of the cloud'],
  ['168.63.129.16/32', 'metadata service of the cloud'],
  ['192.0.0.192/32', 'metadata service of the cloud'],
  ['224.0.0.0/4', 'multicast address'],
  ['255.255.255.255/32', 'broadcast address'],
  ['::/128', 'unspecified address'],
  ['::1/128', 'loopback address'],
  ['fe80::/10', 'link-local address'],
  ['fd00:ec2::254/128', 'metadata service of the cloud'],
  ['fd00:ec2::23/128', 'metadata service of the cloud'],
  ['fd20:ce::254/128', 'metadata service of the cloud'],
  ['ff00::/8', 'multicast address'],
]

/**
 * The longest matching prefix among `allow`, `deny` and the built-in refusals decides; between equal prefixes `deny` wins over
 * `allow`, and either wins over what is built in, so that allowing `127.0.0.0/8` has an effect. What no rule matches is allowed.
 * An IPv6 address that carries an IPv4 one (mapped, NAT64, 6to4, ...) passes only when that passes too.
 * @throws Error that names the entry, when a block cannot be read.
 */
export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const rules: readonly Rule[] = [
    ...builtIn.map(([text, refusal]) => rule(text, refusal, builtInRank)),
    ...options.refuse.map((text) => rule(text, "the API server's own address", builtInRank)),
    ...options.allow.map((text) => rule(text, undefined, allowRank)),
    ...options.deny.map((text) => rule(text, 'denied by configuration', denyRank)),
  ].sort((a, b) => b.block.prefix - a.block.prefix || b.rank - a.rank)

  const refusalOf = (address: IpAddress): string | undefined =>
    rules.find((candidate) => blockContains(candidate.block, address))?.refusal

  return {
    check(text) {
      const address = parseIpAddress(text)
      if (address === undefined) return { allowed: false, reason: 'not an IP address' }
      const embedded = embeddedIpv4(address)
      const judged = embedded.only ? embedded.addresses : [address, ...embedded.addresses]
      const refusal = judged.map(refusalOf).find((found) => found !== undefined)
      return refusal === undefined ? { allowed: true } : { allowed: false, reason: refusal }
    },
  }
}

function rule(text: string, refusal: string | undefined, rank: number): Rule {
  const block = parseIpBlock(text)
  if (block === undefined) {
    throw new Error(
      `"${text}" is not an address block: write an IPv4 or IPv6 address and a prefix length, as in 10.0.0.0/8 or fd00::/8`,
    )
  }
  return { block: spellAsIpv4(block), refusal, rank }
}

/** Mapped addresses are judged as IPv4, so a mapped block means its IPv4 block. */
function spellAsIpv4(block: IpBlock): IpBlock {
  const { address, prefix } = block
  const spare = addressBits(6) - addressBits(4)
  if (address.family === 4 || prefix < spare || address.value >> 32n !== 0xffffn) return block
  return { address: { family: 4, value: address.value & 0xffff_ffffn }, prefix: prefix - spare }
}
