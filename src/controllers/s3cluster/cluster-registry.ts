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
  const connectionOf = (state: ClusterState | undefined): ClusterConnection | undefined => {
    if (state?.state === 'Connected') return state.connection
    return state?.state === 'NotReady' ? state.last : undefined
  }
  const handlers = new Set<(name: ObjectName) => void>()
  return {
    get: (name) => states.get(objectKey(name)) ?? { state: 'Unknown' },
    set(name, state) {
      const previous = states.get(objectKey(name))
      states.set(objectKey(name), state)
      if (previous !== undefined && isSame(previous, state)) return
      for (const handler of handlers) handler(name)
    },
    remove(name) {
      if (!states.delete(objectKey(name))) return
      for (const handler of handlers) handler(name)
    },
    lastConnection: (name) => connectionOf(states.get(objectKey(name))),
    leadingTo: (clusterId) =>
      [...states]
        .filter(([, state]) => connectionOf(state)?.identity.id === clusterId)
        .map(([key]) => parseObjectKey(key)),
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
