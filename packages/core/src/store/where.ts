// Filters: conditions on declared columns, turned into SQL with placeholders.

import type { Syntax } from '../engine/engine.ts';
import { HoldfastError } from '../errors.ts';
import { invalidValue, type StoredValue } from '../schema/codec.ts';
import type { AnyTable, Row } from '../schema/table.ts';
import type { TableCodec } from './table-codec.ts';

/** A value to equal, null, or operators that must all hold. */
export type Condition<V> =
  | V
  | null
  | {
      readonly eq?: V | null;
      readonly ne?: V | null;
      readonly in?: readonly V[];
      readonly notIn?: readonly V[];
      readonly lt?: V;
      readonly lte?: V;
      readonly gt?: V;
      readonly gte?: V;
      /** Substring, compared byte for byte. Text only. */
      readonly contains?: string;
      readonly isNull?: boolean;
    };

/** Conditions that must all hold. Rows with null match no comparison but `ne`, `notIn` and `isNull`. */
export type Where<T extends AnyTable> = {
  readonly [P in keyof Row<T>]?: Condition<NonNullable<Row<T>[P]>>;
} & {
  readonly and?: readonly Where<T>[];
  readonly or?: readonly Where<T>[];
  readonly not?: Where<T>;
};

const comparisons = new Map([
  ['lt', '<'],
  ['lte', '<='],
  ['gt', '>'],
  ['gte', '>='],
]);

/** Collects the parameters of one statement and numbers their placeholders. */
export class Parameters {
  readonly values: StoredValue[] = [];
  readonly syntax: Syntax;

  constructor(syntax: Syntax) {
    this.syntax = syntax;
  }

  add(value: StoredValue): string {
    this.values.push(value);
    return this.syntax.placeholder(this.values.length);
  }
}

/**
 * SQL of a filter, '' where it holds for every record.
 * @throws QUERY_INVALID, RECORD_INVALID for values that do not fit their column
 */
export function whereSql(where: object, codec: TableCodec, syntax: Syntax, parameters: Parameters): string {
  const terms: string[] = [];
  for (const [property, condition] of Object.entries(where)) {
    // Left out by mistake, it would widen what a deleteMany takes.
    if (condition === undefined)
      throw new HoldfastError('QUERY_INVALID', `${property} is undefined: leave it out, or give it a value`);
    if (property === 'and' || property === 'or')
      terms.push(group(property, condition, codec, syntax, parameters));
    else if (property === 'not') {
      const inner = whereSql(condition, codec, syntax, parameters);
      terms.push(`NOT (${inner === '' ? '1 = 1' : inner})`);
    } else terms.push(...columnTerms(property, condition, codec, syntax, parameters));
  }
  return terms.join(' AND ');
}

function group(
  word: 'and' | 'or',
  members: readonly object[],
  codec: TableCodec,
  syntax: Syntax,
  parameters: Parameters,
): string {
  const parts = members.map((member) => whereSql(member, codec, syntax, parameters) || '1 = 1');
  if (parts.length === 0) return word === 'and' ? '1 = 1' : '1 = 0';
  return `(${parts.map((part) => `(${part})`).join(word === 'and' ? ' AND ' : ' OR ')})`;
}

function columnTerms(
  property: string,
  condition: unknown,
  codec: TableCodec,
  syntax: Syntax,
  parameters: Parameters,
): string[] {
  const column = codec.column(property);
  const { sql, spec } = column;
  const parameter = (given: unknown): string => {
    if (given === null || given === undefined) throw invalidValue(codec.table.name, spec, given);
    return parameters.add(column.encode(given));
  };
  const value = (given: unknown): string => column.operand(parameter(given));
  const equals = (given: unknown): string => (given === null ? `${sql} IS NULL` : `${sql} = ${value(given)}`);
  if (spec.secret) throw new HoldfastError('QUERY_INVALID', `${property} is secret and cannot be searched`);
  if (!isOperators(condition)) {
    if (spec.kind === 'json' && condition !== null)
      throw new HoldfastError('QUERY_INVALID', `${property} is JSON: filter it only with isNull`);
    return [equals(condition)];
  }
  const operators = Object.entries(condition).filter(([, given]) => given !== undefined);
  if (operators.length === 0)
    throw new HoldfastError('QUERY_INVALID', `${property}: expected a value or operators, got neither`);
  return operators.flatMap(([operator, given]): string[] => {
    if (operator === 'isNull') return [`${sql} IS ${given ? '' : 'NOT '}NULL`];
    if (spec.kind === 'json')
      throw new HoldfastError('QUERY_INVALID', `${property} is JSON: filter it only with isNull`);
    if (operator === 'eq') return [equals(given)];
    if (operator === 'ne')
      return [given === null ? `${sql} IS NOT NULL` : `(${sql} <> ${value(given)} OR ${sql} IS NULL)`];
    if ((operator === 'in' || operator === 'notIn') && !Array.isArray(given))
      throw new HoldfastError('QUERY_INVALID', `${property}: ${operator} takes a list`);
    if (operator === 'in') return [oneOf(sql, given as unknown[], value)];
    if (operator === 'notIn') return [`(NOT ${oneOf(sql, given as unknown[], value)} OR ${sql} IS NULL)`];
    if (operator === 'contains' && (spec.kind === 'text' || spec.kind === 'enum'))
      return [`${syntax.position(sql, parameters.add(String(given)))} > 0`];
    const comparison = comparisons.get(operator);
    if (comparison === undefined)
      throw new HoldfastError(
        'QUERY_INVALID',
        `${property}: there is no operator ${operator} for ${spec.kind}`,
      );
    if (spec.kind === 'bytes')
      throw new HoldfastError('QUERY_INVALID', `${property} is bytes, which have no order`);
    return [`${column.order} ${comparison} ${column.orderOf(parameter(given))}`];
  });
}

const oneOf = (sql: string, given: readonly unknown[], value: (each: unknown) => string): string =>
  given.length === 0 ? '1 = 0' : `${sql} IN (${given.map(value).join(', ')})`;

const isOperators = (condition: unknown): condition is Record<string, unknown> =>
  typeof condition === 'object' &&
  condition !== null &&
  !Array.isArray(condition) &&
  !(condition instanceof Uint8Array);
