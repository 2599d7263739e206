// Declarations and zod schemas as the JSON Schema of OpenAPI 3.1.

import type { AnyTable, ColumnSpec, Resource } from '@holdfast/core';
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** @param io what may be sent, or what is answered */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<
    string,
    unknown
  >;
  return rest;
}

function valueSchema({ kind, values, maxLength }: ColumnSpec): JsonSchema {
  switch (kind) {
    case 'text':
      return { type: 'string', ...(maxLength === undefined ? {} : { maxLength }) };
    case 'int':
      return { type: 'integer' };
    case 'real':
      return { type: 'number' };
    case 'bool':
      return { type: 'boolean' };
    case 'instant':
      return { type: 'string', format: 'date-time' };
    case 'date':
      return { type: 'string', format: 'date' };
    case 'uuid':
      return { type: 'string', format: 'uuid' };
    case 'enum':
      return { type: 'string', enum: [...(values ?? [])] };
    case 'bigint':
    case 'decimal':
      return { type: 'string', description: 'a number as text, so that no digit is lost' };
    case 'bytes':
      return { type: 'string', contentEncoding: 'base64' };
    case 'json':
      return {};
  }
}

const columnSchema = (spec: ColumnSpec): JsonSchema => {
  const value = valueSchema(spec);
  return spec.nullable && spec.kind !== 'json' ? { anyOf: [value, { type: 'null' }] } : value;
};

const columnsOf = (table: AnyTable): [string, ColumnSpec][] => [
  ...table.spec.columns.map((spec, index): [string, ColumnSpec] => [table.properties[index]!, spec]),
  ...table.spec.metrics.map((spec, index): [string, ColumnSpec] => [table.metricProperties[index]!, spec]),
];

/** A record as it is answered. */
export function recordSchema({ name, table }: Resource): JsonSchema {
  const columns = columnsOf(table);
  const gauges =
    table.spec.metrics.length === 0
      ? {}
      : { metricsAt: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] } };
  const properties = Object.fromEntries(columns.map(([property, spec]) => [property, columnSchema(spec)]));
  return {
    type: 'object',
    properties: { resource: { const: name }, id: { type: 'string' }, ...properties, ...gauges },
    required: ['resource', 'id'],
  };
}

/** A record as it is sent. */
export function inputSchema({ table }: Resource): JsonSchema {
  const columns = columnsOf(table).filter(([, spec]) => spec.auto === undefined);
  return {
    type: 'object',
    properties: Object.fromEntries(columns.map(([property, spec]) => [property, columnSchema(spec)])),
    additionalProperties: false,
  };
}
