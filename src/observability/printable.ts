import { types } from 'node:util'

import { isSecretName, maskSecrets } from './mask-secrets.ts'

/** What JSON can say. */
export type Printable =
  | string
  | number
  | boolean
  | null
  | readonly Printable[]
  | { readonly [key: string]: Printable | undefined }

const maximumDepth = 6
const maximumEntries = 100
const maximumCauses = 5
const maximumTextLength = 8192
const redacted = '[redacted]'

/**
 * Anything as plain JSON that may leave the process: secrets masked, errors reduced to what says what happened, and depth,
 * breadth and length bounded. Never throws, whatever the value's getters do.
 */
export function printable(value: unknown): Printable | undefined {
  return reduce(value, 0)
}

/** One text, masked and bounded. */
export function printableText(text: string): string {
  // Cut first, so that masking is bounded too; a secret that is cut in two keeps the shape of its beginning.
  const cut = text.length > maximumTextLength ? `${text.slice(0, maximumTextLength)} [${text.length} characters]` : text
  return maskSecrets(cut)
}

function reduce(value: unknown, depth: number): Printable | undefined {
  switch (typeof value) {
    case 'string':
      return printableText(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      return value
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : reduceObject(value, depth)
    default:
      return undefined
  }
}

function reduceObject(value: object, depth: number): Printable | undefined {
  if (depth >= maximumDepth) return '[nested too deeply]'
  try {
    if (isError(value)) return reduceError(value, 0)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    // The query may hold anything.
    if (value instanceof URL) return printableText(`${value.protocol}//${value.host}${value.pathname}`)
    if (value instanceof Map)
      return reduceEntries(
        [...value].map(([key, item]) => [String(key), item]),
        depth,
      )
    if (Array.isArray(value) || value instanceof Set) return reduceList([...value], depth)
    if (hasToJson(value)) return reduce(value.toJSON(), depth + 1)
    return reduceEntries(Object.entries(value), depth)
  } catch {
    return '[unreadable]'
  }
}

function reduceList(list: readonly unknown[], depth: number): Printable {
  const items = list.slice(0, maximumEntries).map((item) => reduce(item, depth + 1) ?? null)
  return list.length > maximumEntries ? [...items, `[${list.length - maximumEntries} more]`] : items
}

function reduceEntries(entries: readonly (readonly [string, unknown])[], depth: number): Printable {
  const kept = entries.slice(0, maximumEntries).map(([key, item]) => {
    const hidden = isSecretName(key) && (typeof item === 'string' || Array.isArray(item))
    return [maskSecrets(key), hidden ? redacted : reduce(item, depth + 1)] as const
  })
  return Object.fromEntries(kept)
}

/** Only these: an error of a library may carry requests, headers and answers in its other properties. */
function reduceError(error: Error, causes: number): Printable {
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined
  return {
    type: printableText(error.name),
    message: printableText(error.message),
    ...(code === undefined ? {} : { code: typeof code === 'string' ? printableText(code) : code }),
    ...(error.stack === undefined ? {} : { stack: printableText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: reduceCause(error.cause, causes + 1) }),
  }
}

function reduceCause(cause: unknown, causes: number): Printable | undefined {
  if (causes > maximumCauses) return '[further causes left out]'
  return isError(cause) ? reduceError(cause, causes) : reduce(cause, maximumDepth - 1)
}

/** Errors of another realm, as tests with their own globals have, are errors too. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}
