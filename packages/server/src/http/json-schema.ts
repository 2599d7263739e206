// Declarations and zod schemas as the JSON Schema of OpenAPI 3.1.

import { type AnyTable, type ColumnSpec, mayBeLeftOut, type Resource } from '@holdfast/core';
import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** @param io what may be sent, or what is answered */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    ...{ io, unrepresentable: 'any' },
    override: ({ zodSchema, jsonSchema }) => {
      // Left out of what is transformed on its way in, since it is of the output: ours have one form both ways.
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default ??= def.defaultValue as never;
    },
  }) as Record<string, unknown>;
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

const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });

const columnSchema = (spec: ColumnSpec): JsonSchema => {
  const value = valueSchema(spec);
  return spec.nullable && spec.kind !== 'json' ? orNull(value) : value;
};

const columnsOf = (table: AnyTable): [string, ColumnSpec][] => [
  ...table.spec.columns.map((spec, index): [string, ColumnSpec] => [table.properties[index]!, spec]),
  ...table.spec.metrics.map((spec, index): [string, ColumnSpec] => [table.metricProperties[index]!, spec]),
];

/** What is told of one record beside its columns. */
const told = {
  lastConfirmedAt: orNull({ type: 'string', format: 'date-time' }),
  scope: orNull({ type: 'string' }),
  asOf: { type: 'string', format: 'date-time' },
};

/** A record as it is answered. */
export function recordSchema({ name, table }: Resource): JsonSchema {
  const columns = columnsOf(table);
  const gauges =
    table.spec.metrics.length === 0 ? {} : { metricsAt: orNull({ type: 'string', format: 'date-time' }) };
  const properties = Object.fromEntries(columns.map(([property, spec]) => [property, columnSchema(spec)]));
  return {
    type: 'object',
    // A column of the same name is the record's own.
    properties: { resource: { const: name }, id: { type: 'string' }, ...told, ...properties, ...gauges },
    required: ['resource', 'id'],
  };
}

/** Properties of a record that change it, as they are sent. */
export function inputSchema({ table }: Resource): JsonSchema {
  const columns = columnsOf(table).filter(
    ([, spec]) => spec.auto === undefined && !table.spec.key.includes(spec.name),
  );
  return sentSchema(columns, []);
}

/** A whole record as it is sent. */
export function newSchema({ table }: Resource): JsonSchema {
  const columns = columnsOf(table).filter(([, spec]) => spec.auto === undefined);
  return sentSchema(
    columns,
    columns.filter(([, spec]) => !mayBeLeftOut(spec)).map(([property]) => property),
  );
}

const sentSchema = (
  columns: readonly (readonly [string, ColumnSpec])[],
  required: readonly string[],
): JsonSchema => ({
  type: 'object',
  properties: Object.fromEntries(columns.map(([property, spec]) => [property, columnSchema(spec)])),
  ...(required.length === 0 ? {} : { required }),
  additionalProperties: false,
});
