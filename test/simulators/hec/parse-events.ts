/** One event of a batch, or the code of the first that is wrong and its number; events before it count. */
export interface ParsedBatch {
  readonly events: readonly ParsedEvent[]
  readonly failure?: { readonly code: number; readonly eventNumber: number }
}

export interface ParsedEvent {
  readonly event: unknown
  readonly index: string | undefined
  readonly sourcetype: string | undefined
}

/** An event over this size is refused with code 6 (`maxEventSize` of Splunk's inputs.conf). */
const maximumEventCharacters = 5 * 1024 * 1024

/** Reads the body of the event endpoint: JSON objects one after the other, without commas between them. */
export function parseWrappedEvents(body: string, mayUseIndex: (index: string) => boolean): ParsedBatch {
  const events: ParsedEvent[] = []
  for (const text of splitObjects(body)) {
    const parsed = parseWrapper(text, mayUseIndex)
    if (typeof parsed === 'number') return { events, failure: { code: parsed, eventNumber: events.length } }
    events.push(parsed)
  }
  return { events }
}

/** Reads the body of the raw endpoint: one JSON text, else every line that is not blank is an event. */
export function parseRawEvents(body: string, query: URLSearchParams): readonly ParsedEvent[] {
  const whole = tryJson(body)
  const texts = whole === undefined ? body.split(/\r?\n/).filter((line) => line.trim() !== '') : [body.trim()]
  return texts.map((text) => ({
    event: tryJson(text) ?? text,
    index: query.get('index') ?? undefined,
    sourcetype: query.get('sourcetype') ?? undefined,
  }))
}

/** @returns the event, or the HEC code of what is wrong with it. */
function parseWrapper(text: string, mayUseIndex: (index: string) => boolean): ParsedEvent | number {
  const wrapper = tryJson(text)
  if (typeof wrapper !== 'object' || wrapper === null || Array.isArray(wrapper)) return 6
  if (text.length > maximumEventCharacters) return 6
  const { event, index, sourcetype, fields, time } = wrapper as Record<string, unknown>
  if (event === undefined || event === null) return 12
  if (event === '') return 13
  if (time !== undefined && !Number.isFinite(Number(time))) return 6
  if (fields !== undefined && !isFlat(fields)) return 15
  if (index !== undefined && (typeof index !== 'string' || !mayUseIndex(index))) return 7
  return { event, index, sourcetype: typeof sourcetype === 'string' ? sourcetype : undefined }
}

function isFlat(fields: unknown): boolean {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return false
  return Object.values(fields).every(
    (value) => typeof value !== 'object' || (Array.isArray(value) && value.every((item) => typeof item !== 'object')),
  )
}

/** The texts of the top-level objects; what stands between them is a text of its own, and will not parse. */
function splitObjects(body: string): readonly string[] {
  const texts: string[] = []
  let depth = 0
  let start = 0
  let quoted = false
  for (let at = 0; at < body.length; at++) {
    const character = body[at]
    if (quoted) {
      if (character === '\\') at++
      else if (character === '"') quoted = false
    } else if (character === '"') {
      quoted = true
    } else if (character === '{' || character === '[') {
      depth++
    } else if ((character === '}' || character === ']') && --depth === 0) {
      texts.push(body.slice(start, at + 1))
      start = at + 1
    }
  }
  const rest = body.slice(start)
  return rest.trim() === '' ? texts : [...texts, rest]
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
