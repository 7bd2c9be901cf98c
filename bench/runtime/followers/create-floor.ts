import { Agent, request, type Dispatcher } from 'undici'

import { webhooksPath } from '../../support/resources.ts'
import type { ApiAccess, Follower, SeenObject } from './follower.ts'

interface WatchLine {
  readonly type: string
  readonly object: SeenObject & { readonly metadata: { readonly resourceVersion: string } }
}

interface WholeList {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly WatchLine['object'][]
}

const lineFeed = 0x0a

/**
 * The least that following can cost in this language: the same requests by undici, lines cut out of its chunks, JSON.parse, and a Map.
 * No check, no retry, no end. `oneList` lists by one GET as the stock informer does, instead of the watch that begins with the list.
 */
export function createFloor(
  { server, caPem, token }: ApiAccess,
  options: { readonly allowH2: boolean; readonly oneList: boolean },
): Follower {
  const dispatcher = new Agent({ connect: { ca: caPem }, allowH2: options.allowH2, headersTimeout: 0, bodyTimeout: 0 })
  const headers = { accept: 'application/json', authorization: `Bearer ${token}`, 'user-agent': 'bench-floor' }
  const objects = new Map<string, SeenObject>()
  const keep = (object: SeenObject): void =>
    void objects.set(`${object.metadata.namespace}/${object.metadata.name}`, object)

  async function open(path: string): Promise<Dispatcher.ResponseData> {
    const response = await request(server + path, { dispatcher, headers })
    if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}`)
    return response
  }

  async function watch(query: string, onLine: (line: WatchLine) => void): Promise<void> {
    const { body } = await open(`${webhooksPath}?watch=true&allowWatchBookmarks=true&timeoutSeconds=3600&${query}`)
    let rest: Buffer | undefined
    body.on('data', (chunk: Buffer) => {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
      let start = 0
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
        onLine(JSON.parse(bytes.toString('utf8', start, end)) as WatchLine)
        start = end + 1
      }
      rest = start === bytes.length ? undefined : bytes.subarray(start)
    })
  }

  return {
    async follow(onChange) {
      let listed = options.oneList
      const complete = Promise.withResolvers<void>()
      const onLine = ({ type, object }: WatchLine): void => {
        if (type === 'BOOKMARK') {
          if (object.metadata.annotations?.['k8s.io/initial-events-end'] !== 'true') return
          listed = true
          complete.resolve()
          return
        }
        keep(object)
        if (listed) onChange(object)
      }
      if (options.oneList) {
        const { metadata, items } = (await (await open(webhooksPath)).body.json()) as WholeList
        for (const item of items) keep(item)
        await watch(`resourceVersion=${metadata.resourceVersion}`, onLine)
      } else {
        await watch('sendInitialEvents=true&resourceVersionMatch=NotOlderThan', onLine)
        await complete.promise
      }
    },
    size: () => objects.size,
    async get(namespace, name) {
      const { body } = await open(`/apis/s3audit.dev/v1alpha1/namespaces/${namespace}/s3auditwebhooks/${name}`)
      await body.json()
    },
  }
}
