import { expect, test } from 'vitest'

import {
  bufferReasons,
  clusterReasons,
  deliveringReasons,
  eventReasons,
  readyReasons,
  reconcilingReasons,
  syncedReasons,
  targetReasons,
} from './reasons.ts'

const lists = {
  bufferReasons,
  clusterReasons,
  deliveringReasons,
  eventReasons,
  readyReasons,
  reconcilingReasons,
  syncedReasons,
  targetReasons,
}

test.each(Object.entries(lists))(
  '%s are distinct words that a condition takes',
  (_name, reasons: readonly string[]) => {
    expect(new Set(reasons).size).toBe(reasons.length)
    expect(reasons.filter((reason) => !/^[A-Z][A-Za-z0-9]{1,63}$/u.test(reason))).toEqual([])
  },
)
