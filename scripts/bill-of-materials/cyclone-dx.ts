import { createHash } from 'node:crypto'

import type { BundledPackage } from './bundled-packages.ts'

export interface BillOptions {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly packages: readonly BundledPackage[]
  /** The Node that the image runs the bundle with. */
  readonly nodeVersion: string
}

/**
 * A software bill of materials in the format CycloneDX 1.6 (JSON), which scanners compare with lists of vulnerabilities.
 * The same packages give the same text: it has no time, and its serial number is drawn from its content.
 */
export function cycloneDx({ name, version, license, packages, nodeVersion }: BillOptions): string {
  const components = [...packages.map(library), node(nodeVersion)]
  const root = {
    type: 'application',
    'bom-ref': `${name}@${version}`,
    name,
    version,
    licenses: [{ license: { id: license } }],
  }
  const dependencies = [
    { ref: root['bom-ref'], dependsOn: components.map((component) => component['bom-ref']) },
    ...components.map((component) => ({ ref: component['bom-ref'] })),
  ]
  const content = { metadata: { component: root }, components, dependencies }
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  }
  return `${JSON.stringify(bill, undefined, 2)}\n`
}

interface Component {
  readonly type: 'library' | 'platform'
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
  readonly purl: string
}

function library({ name, version, integrity, license }: BundledPackage): Component {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const [group, ownName] = name.startsWith('@') ? name.split('/') : [undefined, name]
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name: ownName ?? name,
    version,
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(license === undefined ? {} : { licenses: [licenseOf(license)] }),
    purl,
  }
}

function node(version: string): Component {
  const component = {
    type: 'platform',
    'bom-ref': `pkg:generic/node@${version}`,
    name: 'node',
    version,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    purl: `pkg:generic/node@${version}`,
  } as const
  return component
}

function licenseOf(license: string): object {
  return /[ ()]/.test(license) ? { expression: license } : { license: { id: license } }
}

function hashOf(integrity: string): object {
  const [algorithm = '', value = ''] = integrity.split('-')
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(value, 'base64').toString('hex') }
}

/** Of version 8 (RFC 9562), whose bits are free to choose. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
