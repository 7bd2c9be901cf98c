/** One resource of the Kubernetes API, as the paths name it. */
export interface ResourceType {
  /** API group; empty for the core group. */
  readonly group: string
  readonly version: string
  /** Lower-case plural, as in the path. */
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** What the runtime reads of `metadata`. Times are RFC 3339 strings, as the API server sends them. */
export interface ObjectMeta {
  readonly name: string
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string
  readonly uid?: string
  /** Opaque: compared for equality only. */
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
}

export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
}

/** Which object; `namespace` is empty for cluster-scoped ones. */
export interface ObjectName {
  readonly namespace: string
  readonly name: string
}

/** The `apiVersion` of a resource: `v1` for the core group, else `group/version`. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`
}

/** `plural.group`, or `plural` for the core group: how kubectl, logs and metrics name a resource. */
export function resourceLabel(type: ResourceType): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`
}

/** The name of an object that came from the API server. */
export function objectName(object: KubernetesObject): ObjectName {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name }
}

/** `namespace/name`; `/name` for cluster-scoped objects. Neither part can hold a slash, so the key is unambiguous. */
export function objectKey(name: ObjectName): string {
  // Many keep it: V8 makes one flat text of a join, but of a template a rope of texts, all of which stay beside the flat one.
  return [name.namespace, name.name].join('/')
}

/** The reverse of `objectKey`. @throws RangeError when `key` holds no slash. */
export function parseObjectKey(key: string): ObjectName {
  const slash = key.indexOf('/')
  if (slash < 0) throw new RangeError(`An object key must be 'namespace/name'; it is '${key}'`)
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/**
 * The path of a collection (no `name`), of an object, or of its subresource. Segments are percent-encoded.
 * Without `namespace` the collection of a namespaced resource is that of all namespaces.
 * @throws RangeError when a namespaced object is named without its namespace: the path would mean something else.
 */
export function resourcePath(
  type: ResourceType,
  target: { readonly namespace?: string; readonly name?: string; readonly subresource?: string | undefined } = {},
): string {
  const { namespace = '', name, subresource } = target
  if (type.namespaced && name !== undefined && namespace === '') {
    throw new RangeError(`${type.kind} '${name}' is namespaced: give its namespace`)
  }
  const segments = type.group === '' ? ['api', type.version] : ['apis', type.group, type.version]
  if (type.namespaced && namespace !== '') segments.push('namespaces', namespace)
  segments.push(type.plural)
  if (name !== undefined) segments.push(name)
  if (subresource !== undefined) segments.push(subresource)
  return `/${segments.map(encodeSegment).join('/')}`
}

/** `.` and `..` survive percent-encoding and would be resolved as path steps, so they are no segments. */
function encodeSegment(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..') {
    throw new RangeError(`'${segment}' cannot be a segment of an API path`)
  }
  return encodeURIComponent(segment)
}
