import { Agent, request } from 'undici'

/**
 * Whether a GET is answered with 200, on a connection of its own and within some seconds.
 *
 * @throws when nobody listens, or somebody whose certificate `caPem` does not vouch for.
 */
export async function answersOk(url: string, caPem?: string): Promise<boolean> {
  const connect = { timeout: 1000, ...(caPem === undefined ? {} : { ca: caPem }) }
  const dispatcher = new Agent({ connect, headersTimeout: 5000, bodyTimeout: 5000 })
  try {
    const { statusCode, body } = await request(url, { dispatcher })
    await body.dump()
    return statusCode === 200
  } finally {
    await dispatcher.destroy()
  }
}
