import { inspect } from 'node:util'

const redacted = '[redacted]'

/**
 * A value that must not be printed. Whatever turns it into text by accident (a template, JSON, `console.log`,
 * a logger, an assertion's diff) gets `[redacted]`; only `reveal` gives the value, and every call of it is a place to review.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Pass it straight to the wire, never to a message. */
  reveal(): string {
    return this.#value
  }

  /** Compares by value, without printing either. */
  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.#value === this.#value
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  static {
    Object.defineProperty(Secret.prototype, inspect.custom, { value: () => redacted })
  }
}
