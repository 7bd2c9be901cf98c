import { expect, test } from 'vitest'

import { namesOfExpression } from './names-of-expression.ts'

test.each([
  { given: 'up == 0', want: { metrics: [{ metric: 'up', labels: [] }], grouping: [] } },
  {
    given: 'sum by (namespace, name) (rate(a_total{level="0", result!~"ok|}"}[5m])) > 14.4 * 0.001',
    want: { metrics: [{ metric: 'a_total', labels: ['level', 'result'] }], grouping: ['namespace', 'name'] },
  },
  {
    given: 'max without (pod) (a) - time() and on (name) b offset 5m unless ignoring(x) s:c:avg5m',
    want: {
      metrics: [
        { metric: 'a', labels: [] },
        { metric: 'b', labels: [] },
        { metric: 's:c:avg5m', labels: [] },
      ],
      grouping: ['pod', 'name', 'x'],
    },
  },
  {
    given: 'histogram_quantile(0.99, sum by (le) (rate(a_bucket[$__rate_interval]))) or vector(1e3)',
    want: { metrics: [{ metric: 'a_bucket', labels: [] }], grouping: ['le'] },
  },
  {
    given: "count(a{b='c\\'d', e=~\"$f\"})",
    want: { metrics: [{ metric: 'a', labels: ['b', 'e'] }], grouping: [] },
  },
])('$given', ({ given, want }) => {
  expect(namesOfExpression(given)).toEqual(want)
})
