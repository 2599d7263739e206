// Filters and orders as they are typed: PROPERTY=VALUE, by the kinds of the declared columns.

import { type AnyTable, type ColumnSpec, HoldfastError, parseInstant } from '@holdfast/core';

const operators = {
  '!=': 'ne',
  '<=': 'lte',
  '>=': 'gte',
  '=': 'eq',
  '<': 'lt',
  '>': 'gt',
  '~': 'contains',
} as const;

/** @throws QUERY_INVALID */
export function parseConditions(table: AnyTable, conditions: readonly string[]): Record<string, object> {
  const where: Record<string, Record<string, unknown>> = {};
  for (const text of conditions) {
    const match = /^\s*([A-Za-z][A-Za-z0-9]*)\s*(!=|<=|>=|=|<|>|~)(.*)$/s.exec(text);
    if (match === null)
      throw new HoldfastError('QUERY_INVALID', `not a condition: ${JSON.stringify(text)}`, {
        hint: "Write it as --where 'status=running'",
      });
    const [, property, sign, value] = match;
    const operator = operators[sign as keyof typeof operators];
    where[property!] = {
      ...where[property!],
      [operator]: parseValue(specOf(table, property!), value!.trim(), property!),
    };
  }
  return where;
}

/** @throws QUERY_INVALID */
export function parseOrder(
  table: AnyTable,
  orders: readonly string[],
): (readonly [string, 'asc' | 'desc'])[] {
  return orders.map((text) => {
    const [property = '', direction = 'asc'] = text.split(':');
    specOf(table, property);
    if (direction !== 'asc' && direction !== 'desc')
      throw new HoldfastError('QUERY_INVALID', `order is asc or desc, not ${direction}`);
    return [property, direction] as const;
  });
}

function specOf(table: AnyTable, property: string): Pick<ColumnSpec, 'kind' | 'values'> {
  const column = table.columns[property];
  if (column !== undefined) return column.options as ColumnSpec;
  if (property === 'metricsAt' && table.metricProperties.length > 0) return { kind: 'instant' };
  throw new HoldfastError('QUERY_INVALID', `${table.name} has no column ${JSON.stringify(property)}`, {
    hint: `It has ${[...table.properties, ...table.metricProperties].join(', ')}`,
  });
}

function parseValue(
  { kind, values }: Pick<ColumnSpec, 'kind' | 'values'>,
  text: string,
  property: string,
): unknown {
  const invalid = (expected: string): HoldfastError =>
    new HoldfastError('QUERY_INVALID', `${property}: expected ${expected}, got ${JSON.stringify(text)}`);
  if (text === 'null') return null;
  switch (kind) {
    case 'int':
    case 'real': {
      const value = Number(text);
      if (text === '' || !Number.isFinite(value)) throw invalid('a number');
      return value;
    }
    case 'bigint':
      if (!/^-?\d+$/.test(text)) throw invalid('a whole number');
      return BigInt(text);
    case 'bool':
      if (/^(true|yes|1)$/i.test(text)) return true;
      if (/^(false|no|0)$/i.test(text)) return false;
      throw invalid('true or false');
    case 'instant':
      return parseInstant(text);
    case 'enum':
      if (!values!.includes(text)) throw invalid(`one of ${values!.join(', ')}`);
      return text;
    default:
      return text;
  }
}
