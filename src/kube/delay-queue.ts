import type { Clock } from './clock.ts'

/** What can wait in a delay queue, which writes these fields. */
export interface Delayed {
  /** Monotonic milliseconds; the owner's own while it does not wait. */
  dueAt: number
  /** Of setting, for equal times. At first 0. */
  order: number
  /** Where it stands in the heap; -1 while it does not wait. */
  place: number
}

/** Delays of any number of items with one timer, which there is only while something waits. */
export interface DelayQueue<Item extends Delayed> extends Disposable {
  /** Due `milliseconds` from now; what was set for the item before no longer holds. */
  set(item: Item, milliseconds: number): void
  cancel(item: Item): void
  has(item: Item): boolean
}

/**
 * A binary heap of the items themselves: some 50 bytes for each instead of 300 for a timer of Node. Setting and cancelling cost O(log n).
 * @param onDue is called when an item is due, never earlier: in the order of their times, of equal ones first set first. It may set and
 * cancel any item. What it throws leaves by the timer's callback, as it would with a timer of its own, and a new timer serves the rest.
 */
export function createDelayQueue<Item extends Delayed>(clock: Clock, onDue: (item: Item) => void): DelayQueue<Item> {
  const heap: Item[] = []
  let timer: Disposable | undefined
  let timerAt = Infinity
  let order = 0

  function put(item: Item, place: number): void {
    heap[place] = item
    item.place = place
  }

  /** Lets an item change places with its parent, or its earlier child, until it stands between them. */
  function sift(item: Item): void {
    for (;;) {
      const { place } = item
      const [left, right] = [heap[2 * place + 1], heap[2 * place + 2]]
      const child = left && right && isBefore(right, left) ? right : left
      const parent = place > 0 ? heap[(place - 1) >> 1] : undefined
      const other = parent && isBefore(item, parent) ? parent : child && isBefore(child, item) ? child : undefined
      if (other === undefined) return
      put(item, other.place)
      put(other, place)
    }
  }

  /** A timer that is too early stays: when it finds nothing due, the next one is right. */
  function arm(): void {
    const [first] = heap
    if (first !== undefined && first.dueAt >= timerAt) return
    timer?.[Symbol.dispose]()
    timer = first && clock.timer(first.dueAt - clock.monotonic(), onTime)
    timerAt = first?.dueAt ?? Infinity
  }

  function onTime(): void {
    const now = clock.monotonic()
    const end = order
    try {
      for (let [first] = heap; first && first.dueAt <= now && first.order < end; [first] = heap) {
        cancel(first)
        onDue(first)
      }
    } finally {
      timerAt = Infinity
      arm()
    }
  }

  function cancel(item: Item): void {
    const last = item.place < 0 ? undefined : heap.pop()
    if (last !== undefined && last !== item) {
      put(last, item.place)
      sift(last)
    }
    item.place = -1
    arm()
  }

  return {
    set(item, milliseconds) {
      item.dueAt = clock.monotonic() + (milliseconds > 0 ? milliseconds : 0)
      item.order = order++
      if (item.place < 0) put(item, heap.length)
      sift(item)
      arm()
    },
    cancel,
    has: ({ place }) => place >= 0,
    [Symbol.dispose]() {
      for (const item of heap.splice(0)) item.place = -1
      arm()
    },
  }
}

function isBefore(a: Delayed, b: Delayed): boolean {
  return a.dueAt === b.dueAt ? a.order < b.order : a.dueAt < b.dueAt
}
