import { expect, test } from 'vitest'

import { referencesOf } from './references-of.ts'

const metadata = { name: 'x', namespace: 'n' }

test('all references of a webhook are found in its own namespace', () => {
  const spec = {
    clusterRef: { name: 'c' },
    authTokenSecretRef: { name: 't', key: 'token' },
    tls: { caCertificateRef: { kind: 'ConfigMap', name: 'ca' } },
  }
  expect(referencesOf({ metadata, spec })).toEqual({ clusters: ['n/c'], secrets: ['n/t'], configMaps: ['n/ca'] })
})

test('credentials and a CA in a Secret of a cluster are found', () => {
  const spec = { credentialsSecretRef: { name: 'k' }, tls: { caCertificateRef: { kind: 'Secret', name: 'ca' } } }
  expect(referencesOf({ metadata, spec })).toEqual({ clusters: [], secrets: ['n/k', 'n/ca'], configMaps: [] })
})

test('what can be read of a malformed spec still counts', () => {
  const spec = { clusterRef: { name: 'c' }, authTokenSecretRef: 7, tls: { caCertificateRef: [] } }
  expect(referencesOf({ metadata, spec })).toEqual({ clusters: ['n/c'], secrets: [], configMaps: [] })
  expect(referencesOf({ metadata, spec: null })).toEqual({ clusters: [], secrets: [], configMaps: [] })
})
