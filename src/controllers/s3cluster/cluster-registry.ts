import { addKey, deleteKey, type KeyIndex, keysOf } from '../../kube/key-index.ts'
import { objectKey, parseObjectKey, type ObjectName } from '../../kube/resource.ts'
import type { ClusterConnection, ClusterState } from './cluster-state.ts'

/** What this process knows of all S3Clusters: written by their controller, read by the webhooks'. */
export interface ClusterRegistry {
  /** `Unknown` for a cluster that was not asked yet. */
  get(name: ObjectName): ClusterState
  set(name: ObjectName, state: ClusterState): void
  remove(name: ObjectName): void
  /** The connection in use, or the one of an earlier success. */
  lastConnection(name: ObjectName): ClusterConnection | undefined
  /** The S3Clusters that lead, or led when last heard of, to the cluster with this id. */
  leadingTo(clusterId: string): readonly ObjectName[]
  /** Called after a change of what webhooks decide on; the handler must not throw. */
  onChange(handler: (name: ObjectName) => void): Disposable
}

export function createClusterRegistry(): ClusterRegistry {
  const states = new Map<string, ClusterState>()
  /** By id of the S3 cluster the keys of the S3Clusters that lead to it: each pass asks, among thousands. */
  const keysById: KeyIndex = new Map()
  const connectionOf = (state: ClusterState | undefined): ClusterConnection | undefined => {
    if (state?.state === 'Connected') return state.connection
    return state?.state === 'NotReady' ? state.last : undefined
  }
  const handlers = new Set<(name: ObjectName) => void>()

  function index(key: string, before: ClusterState | undefined, after: ClusterState | undefined): void {
    const [old, id] = [connectionOf(before)?.identity.id, connectionOf(after)?.identity.id]
    if (old === id) return
    if (old !== undefined) deleteKey(keysById, old, key)
    if (id !== undefined) addKey(keysById, id, key)
  }

  return {
    get: (name) => states.get(objectKey(name)) ?? { state: 'Unknown' },
    set(name, state) {
      const key = objectKey(name)
      const previous = states.get(key)
      states.set(key, state)
      index(key, previous, state)
      if (previous !== undefined && isSame(previous, state)) return
      for (const handler of handlers) handler(name)
    },
    remove(name) {
      const key = objectKey(name)
      index(key, states.get(key), undefined)
      if (!states.delete(key)) return
      for (const handler of handlers) handler(name)
    },
    lastConnection: (name) => connectionOf(states.get(objectKey(name))),
    leadingTo: (clusterId) => keysOf(keysById, clusterId).map(parseObjectKey),
    onChange(handler) {
      handlers.add(handler)
      return { [Symbol.dispose]: () => void handlers.delete(handler) }
    },
  }
}

function isSame(a: ClusterState, b: ClusterState): boolean {
  if (a.state === 'NotReady' && b.state === 'NotReady') return a.reason === b.reason && a.message === b.message
  if (a.state === 'Connected' && b.state === 'Connected') {
    return (
      a.connection.provider === b.connection.provider &&
      a.connection.epoch === b.connection.epoch &&
      a.connection.driftCheckSeconds === b.connection.driftCheckSeconds
    )
  }
  return a.state === b.state
}
