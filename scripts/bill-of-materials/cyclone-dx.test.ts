import { expect, test } from 'vitest'

import { cycloneDx } from './cyclone-dx.ts'

const options = {
  name: 's3-audit-operator',
  version: '0.1.0',
  license: 'Apache-2.0',
  nodeVersion: '24.21.0',
  packages: [
    { name: '@scope/name', version: '2.0.0', integrity: 'sha512-AQI=', license: 'MIT' },
    { name: 'both', version: '1.0.0', integrity: undefined, license: '(MIT OR Apache-2.0)' },
  ],
}

test('a package is named as registries and scanners know it', () => {
  expect(JSON.parse(cycloneDx(options))).toMatchObject({
    bomFormat: 'CycloneDX',
    serialNumber: expect.stringMatching(
      /^urn:uuid:[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    ) as unknown,
    components: [
      {
        group: '@scope',
        name: 'name',
        purl: 'pkg:npm/%40scope/name@2.0.0',
        hashes: [{ alg: 'SHA-512', content: '0102' }],
        licenses: [{ license: { id: 'MIT' } }],
      },
      { name: 'both', licenses: [{ expression: '(MIT OR Apache-2.0)' }] },
      { name: 'node', cpe: 'cpe:2.3:a:nodejs:node.js:24.21.0:*:*:*:*:*:*:*' },
    ],
  })
})

test('the same packages give the same bill, others another number', () => {
  expect(cycloneDx(options)).toBe(cycloneDx(options))
  const number = (text: string): unknown => (JSON.parse(text) as { serialNumber: unknown }).serialNumber
  expect(number(cycloneDx({ ...options, packages: [] }))).not.toBe(number(cycloneDx(options)))
})
