import { crdManifests } from '../../src/api/crd-manifests.ts'
import type { GeneratedFile } from '../generated-file.ts'

const folder = 'charts/s3-audit-operator/templates/crds'
const head = /^(?<comments>(?:#.*\n)*)---\n(?<above>[\s\S]*?\nmetadata:\n {2}name: \S+\n)(?<below>spec:\n[\s\S]*)$/u

/** The CustomResourceDefinitions as templates of the chart. */
export function crdTemplates(): readonly GeneratedFile[] {
  return crdManifests().map(({ fileName, content }) => ({
    path: `${folder}/${fileName}`,
    content: crdTemplate(content),
  }))
}

/**
 * Makes a template of a manifest: with the labels of the chart, kept at an uninstall when the values say so. Braces in it stay what they are.
 * @throws Error when it has more metadata than a name.
 */
export function crdTemplate(manifest: string): string {
  const { comments, above, below } = head.exec(manifest)?.groups ?? {}
  if (comments === undefined || above === undefined || below === undefined) {
    throw new Error(
      'A CustomResourceDefinition must have comments, `---`, and a name as its only metadata, then its spec',
    )
  }
  return [
    '{{- if .Values.crds.enabled }}\n',
    comments,
    escapeBraces(above),
    '  labels:\n    {{- include "s3-audit-operator.labels" . | nindent 4 }}\n',
    '  {{- if .Values.crds.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n  {{- end }}\n',
    escapeBraces(below),
    '{{- end }}\n',
  ].join('')
}

function escapeBraces(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}')
}
