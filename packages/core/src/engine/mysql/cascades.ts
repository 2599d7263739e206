// The ways on which the deletion of one record reaches records of other tables, by references that cascade.

import { HoldfastError } from '../../errors.ts';
import type { ForeignKeySpec, TableSpec } from '../../schema/spec.ts';
import { quote } from './dialect.ts';

/** A step of a way: from a table to the one that it refers to. */
interface Step {
  readonly from: string;
  readonly reference: ForeignKeySpec;
}

export interface Cascade {
  /** The table whose deletions reach the records. */
  readonly table: string;
  /** One for each way. */
  readonly reached: readonly {
    /** The records are not deleted: their reference is set to null. */
    readonly sets: boolean;
    /** FROM and WHERE of the records, as `r`, in a trigger of the table. */
    readonly rows: string;
  }[];
}

/**
 * All tables from which a deletion reaches records of this one.
 * @throws SCHEMA_INVALID where a deletion cascades in a circle: how deep it goes is not known beforehand
 */
export function cascadesTo(spec: TableSpec, specs: readonly TableSpec[]): Cascade[] {
  const byName = new Map([...specs, spec].map((each) => [each.name, each]));
  const ways = new Map<string, Step[][]>();
  const follow = (from: TableSpec, way: readonly Step[], passed: readonly string[]): void => {
    for (const reference of from.foreignKeys) {
      const { table, onDelete } = reference;
      const isFirst = way.length === 0;
      if (onDelete === 'restrict' || (onDelete === 'set null' && !isFirst)) continue;
      const next = [...way, { from: from.name, reference }];
      // Records that are not deleted themselves end the way, so that it may lead back to their table.
      const through = onDelete === 'cascade' ? [...passed, from.name] : passed;
      if (through.includes(table)) throw circle(spec, table);
      ways.set(table, [...(ways.get(table) ?? []), next]);
      const parent = byName.get(table);
      if (parent !== undefined) follow(parent, next, through);
    }
  };
  follow(spec, [], []);
  return [...ways].map(([table, found]) => {
    const isSet = ([first]: readonly Step[]): boolean => first!.reference.onDelete === 'set null';
    // A record that is reached on several ways is logged on the first, and deleted if any of them deletes it.
    const ordered = found.toSorted((a, b) => Number(isSet(a)) - Number(isSet(b)));
    return {
      table,
      reached: ordered.map((way, at) => ({ sets: isSet(way), rows: rowsOf(way, ordered.slice(0, at)) })),
    };
  });
}

const circle = (spec: TableSpec, table: string): HoldfastError =>
  new HoldfastError(
    'SCHEMA_INVALID',
    `${spec.name}: deletions cascade in a circle through ${table}, which MySQL and MariaDB cannot keep a history of`,
    { hint: `Declare one of the references between them as 'restrict' or 'set null'` },
  );

const columns = (one: string, ones: readonly string[], other: string, others: readonly string[]): string =>
  ones.map((column, at) => `${one}.${quote(column)} = ${other}.${quote(others[at]!)}`).join(' AND ');

/** The tables between record and deleted one by their aliases, and what ties the last one to it. */
function aliased(way: readonly Step[], prefix: string) {
  const alias = (at: number): string => (at === 0 ? 'r' : `${prefix}${at}`);
  const joins = way.slice(1).map(({ from }, index) => {
    const { columns: own, references } = way[index]!.reference;
    return {
      table: `${quote(from)} AS ${alias(index + 1)}`,
      on: columns(alias(index), own, alias(index + 1), references),
    };
  });
  const last = way.at(-1)!.reference;
  return { joins, tied: columns(alias(way.length - 1), last.columns, 'OLD', last.references) };
}

/**
 * From the deleted record downwards, each table by the index of its reference; locked, so that the deletion meets them
 * as they are read. A lock for writing would be refused where the deleting statement reads the table itself.
 */
function rowsOf(way: readonly Step[], before: readonly (readonly Step[])[]): string {
  const { joins, tied } = aliased(way, 'p');
  const tables = [...joins.map(({ table }) => table).toReversed(), `${quote(way[0]!.from)} AS r`];
  const conditions = [tied, ...joins.map(({ on }) => on).toReversed(), ...before.map(notReached)];
  return `FROM ${tables.join(' STRAIGHT_JOIN ')}
    WHERE ${conditions.join(' AND ')} LOCK IN SHARE MODE`;
}

function notReached(way: readonly Step[]): string {
  const { joins, tied } = aliased(way, 'o');
  if (joins.length === 0) return `(${tied}) IS NOT TRUE`;
  const tables = joins.map(({ table }) => table).join(' JOIN ');
  return `NOT EXISTS (SELECT 1 FROM ${tables} WHERE ${[...joins.map(({ on }) => on), tied].join(' AND ')})`;
}
