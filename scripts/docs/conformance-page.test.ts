import { expect, test } from 'vitest'

import { conformanceText } from './conformance-page.ts'

const start = () => Promise.reject(new Error('The page is made without a cluster'))

test('a case that a backend cannot have stands there with its reason, all others pass', () => {
  const page = conformanceText([
    { name: 'One', description: 'A first.', lacks: { lockOut: 'One locks nobody.' }, start },
    { name: 'Other', description: 'A second.', lacks: {}, start },
  ])
  expect(page).toContain('| says that the account is locked and for how long | [cannot be](#reasons) (1) | passes |')
  expect(page).toContain('| says that a wrong password is rejected | passes | passes |')
  expect(page).toContain('\n1. One locks nobody.\n')
  expect(page).toContain('- **One**: A first.')
})
