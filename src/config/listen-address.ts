import { isIP } from 'node:net'

/** Where a server listens. Without `host`: on all addresses. Port 0: any that is free. */
export interface ListenAddress {
  readonly host?: string
  readonly port: number
}

/** Reads `:port` or `host:port`, an IPv6 address in brackets. Undefined when it is neither. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[(?<address>[^\]]+)\]|(?<name>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text)
  const { address, name = '', port: portText } = match?.groups ?? {}
  const port = Number(portText)
  if (match === null || port > 65_535) return undefined
  if (address !== undefined) return isIP(address) === 6 ? { host: address, port } : undefined
  if (name === '') return { port }
  return isHost(name) ? { host: name, port } : undefined
}

/** What consists of digits and dots only must be an address: `300.1.1.1` is no name. */
function isHost(text: string): boolean {
  if (/^[\d.]+$/.test(text)) return isIP(text) === 4
  return text.length <= 253 && /^[a-z\d](?:[-a-z\d.]*[a-z\d])?$/i.test(text)
}
