// Order and keyset pages: a total order over records, and the condition that starts after a row.

import { HoldfastError } from '../errors.ts';
import type { StoredValue } from '../schema/codec.ts';
import type { AnyTable, Row } from '../schema/table.ts';
import type { ColumnReference, TableCodec } from './table-codec.ts';
import type { Parameters } from './where.ts';

export type Direction = 'asc' | 'desc';
/** Properties with their direction, most significant first. */
export type OrderBy<T extends AnyTable> = readonly (readonly [Extract<keyof Row<T>, string>, Direction?])[];

export interface OrderTerm {
  readonly property: string;
  readonly column: ColumnReference;
  readonly direction: Direction;
}

/** Kinds that no engine sorts alike. */
const unordered = new Set(['json', 'bytes']);

/** The wanted order, made total by the key. @throws QUERY_INVALID */
export function orderTerms(
  order: readonly (readonly [string, Direction?])[],
  codec: TableCodec,
): OrderTerm[] {
  const terms = order.map(([property, direction = 'asc']): OrderTerm => {
    const column = codec.column(property);
    if (unordered.has(column.spec.kind) || column.spec.secret)
      throw new HoldfastError('QUERY_INVALID', `${property} has no order`);
    if (direction !== 'asc' && direction !== 'desc')
      throw new HoldfastError('QUERY_INVALID', `${property}: order is asc or desc, not ${String(direction)}`);
    return { property, column, direction };
  });
  const named = new Set(terms.map((term) => term.property));
  const last = terms.at(-1)?.direction ?? 'asc';
  for (const { property } of codec.keyFields)
    if (!named.has(property)) terms.push({ property, column: codec.column(property), direction: last });
  return terms;
}

/** Nulls first, on every engine alike; the extra term stands only where a null can be. */
export function orderSql(terms: readonly OrderTerm[]): string {
  const parts = terms.flatMap(({ column, direction }) => {
    const way = direction === 'asc' ? '' : ' DESC';
    const term = `${column.order}${way}`;
    return mayBeNull(column) ? [`${column.sql} IS NOT NULL${way}`, term] : [term];
  });
  return ` ORDER BY ${parts.join(', ')}`;
}

/** The condition that a record stands after the one with these values. */
export function afterSql(
  terms: readonly OrderTerm[],
  values: readonly StoredValue[],
  parameters: Parameters,
): string {
  const alternatives: string[] = [];
  // One direction over mandatory columns is a single comparison of rows, where an index answers that in one seek.
  const { seeksRows } = parameters.syntax;
  if (
    (seeksRows || terms.length === 1) &&
    terms.every(({ column, direction }) => !mayBeNull(column) && direction === terms[0]!.direction)
  ) {
    const sign = terms[0]!.direction === 'asc' ? '>' : '<';
    const left = terms.map(({ column }) => column.order).join(', ');
    const right = terms.map(({ column }, index) => column.orderOf(parameters.add(values[index]!)));
    return `(${left}) ${sign} (${right.join(', ')})`;
  }
  for (const [index, term] of terms.entries()) {
    const beyond = isBeyond(term, values[index]!, parameters);
    if (beyond === undefined) continue;
    const same = terms.slice(0, index).map(({ column }, at) => {
      const value = values[at]!;
      return value === null
        ? `${column.sql} IS NULL`
        : `${column.sql} = ${column.operand(parameters.add(value))}`;
    });
    // Parameters are numbered in the order they are written, so the equal part is added after `beyond`.
    alternatives.push(`(${[beyond, ...same].join(' AND ')})`);
  }
  return alternatives.length === 0 ? '1 = 0' : `(${alternatives.join(' OR ')})`;
}

function isBeyond(
  { column, direction }: OrderTerm,
  value: StoredValue,
  parameters: Parameters,
): string | undefined {
  if (value === null) return direction === 'asc' ? `${column.sql} IS NOT NULL` : undefined;
  const bound = column.orderOf(parameters.add(value));
  if (direction === 'asc') return `${column.order} > ${bound}`;
  const less = `${column.order} < ${bound}`;
  return mayBeNull(column) ? `(${less} OR ${column.sql} IS NULL)` : less;
}

/** Gauges come through an outer join, so even mandatory ones may be null. */
export const mayBeNull = ({ spec, metric }: ColumnReference): boolean => metric || spec.nullable === true;
