import { isIPv4, isIPv6 } from 'node:net'

/** An address as a number of 32 (IPv4) or 128 (IPv6) bits. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly value: bigint
}

/** An address block: `address` with every bit after the first `prefix` cleared. */
export interface IpBlock {
  readonly address: IpAddress
  readonly prefix: number
}

/** Bits of an address of the family. */
export function addressBits(family: 4 | 6): number {
  return family === 4 ? 32 : 128
}

/**
 * Reads an address literal: dotted IPv4, any RFC 4291 form of IPv6, with or without the brackets of a URL and a zone id
 * (RFC 4007), which is dropped. Undefined when it is no address. IPv4-mapped IPv6 stays IPv6.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (isIPv4(bare)) return { family: 4, value: dottedValue(bare) }
  if (!isIPv6(bare)) return undefined
  return { family: 6, value: colonValue(bare.split('%', 1)[0] ?? '') }
}

/** Reads `address/prefix`, or an address alone as a block of one. Bits after the prefix are cleared. Undefined when it is neither. */
export function parseIpBlock(text: string): IpBlock | undefined {
  const [addressText = '', prefixText, ...rest] = text.trim().split('/')
  const address = parseIpAddress(addressText)
  if (address === undefined || rest.length > 0 || addressText.includes('%')) return undefined
  const bits = addressBits(address.family)
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return undefined
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  if (prefix > bits) return undefined
  return { address: clearTail(address, prefix), prefix }
}

/** Whether the block holds the address. Families never match each other. */
export function blockContains(block: IpBlock, address: IpAddress): boolean {
  if (block.address.family !== address.family) return false
  return clearTail(address, block.prefix).value === block.address.value
}

function clearTail(address: IpAddress, prefix: number): IpAddress {
  const tail = BigInt(addressBits(address.family) - prefix)
  return { family: address.family, value: (address.value >> tail) << tail }
}

function dottedValue(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function colonValue(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0n)
  return [...front, ...zeros, ...back].reduce((value, group) => (value << 16n) | group, 0n)
}

function groups(text: string): readonly bigint[] {
  if (text === '') return []
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [BigInt(`0x${part}`)]
    const dotted = dottedValue(part)
    return [dotted >> 16n, dotted & 0xffffn]
  })
}
