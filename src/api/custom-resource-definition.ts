import type { z } from 'zod'

import type { ResourceType } from '../kube/resource.ts'
import { structuralSchemaOf, type StructuralSchema } from './structural-schema.ts'

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** 1: only with `-o wide`. */
  readonly priority?: 1
}

export interface KindDefinition {
  readonly type: ResourceType
  readonly singular: string
  readonly shortName: string
  readonly description: string
  readonly spec: z.ZodType
  readonly status: z.ZodType
  /** Scalars of the spec that `--field-selector` takes. */
  readonly selectableFields: readonly string[]
  readonly columns: readonly PrinterColumn[]
}

/** The parts of apiextensions.k8s.io/v1 CustomResourceDefinition that this project fills. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly names: {
      readonly kind: string
      readonly listKind: string
      readonly plural: string
      readonly singular: string
      readonly shortNames: readonly string[]
      readonly categories: readonly string[]
    }
    readonly scope: 'Namespaced' | 'Cluster'
    readonly versions: readonly CustomResourceVersion[]
  }
}

export interface CustomResourceVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly subresources: { readonly status: object }
  readonly selectableFields?: readonly { readonly jsonPath: string }[]
  readonly additionalPrinterColumns: readonly PrinterColumn[]
  readonly schema: { readonly openAPIV3Schema: StructuralSchema }
}

/** The definition the API server is given for one kind. */
export function customResourceDefinition(kind: KindDefinition): CustomResourceDefinition {
  const { type } = kind
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${type.plural}.${type.group}` },
    spec: {
      group: type.group,
      names: {
        kind: type.kind,
        listKind: `${type.kind}List`,
        plural: type.plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: ['s3audit'],
      },
      scope: type.namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: type.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          ...(kind.selectableFields.length === 0
            ? {}
            : { selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: resourceSchema(kind) },
        },
      ],
    },
  }
}

function resourceSchema(kind: KindDefinition): StructuralSchema {
  return {
    description: kind.description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { description: 'Version of the schema that this object follows.', type: 'string' },
      kind: { description: 'Kind of this object.', type: 'string' },
      metadata: { type: 'object' },
      spec: structuralSchemaOf(kind.spec),
      status: structuralSchemaOf(kind.status),
    },
  }
}
