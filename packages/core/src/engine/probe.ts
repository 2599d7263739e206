// Can a row still be added? Tried on every table, in a transaction that is taken back: a counter that was left behind, or
// a trigger that fails, shows only when somebody writes.

import { randomBytes, randomUUID } from 'node:crypto';
import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { StoredValue } from '../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../schema/spec.ts';
import type { Engine, Session } from './engine.ts';
import { emptiest } from './fit-values.ts';

/** A table that no row was tried on, and why. */
export interface Unprobed {
  readonly table: string;
  readonly why: string;
}

type Spelling = Pick<Engine, 'syntax' | 'forms'>;

/** A value that no other row has, as it is stored. */
function fresh({ kind, maxLength = 40, precision = 0, scale = 0 }: ColumnSpec): StoredValue | undefined {
  const random = randomBytes(6).readUIntBE(0, 6);
  switch (kind) {
    case 'int':
    case 'instant':
      return -random;
    case 'bigint':
      return -BigInt(random);
    case 'real':
      return -random;
    case 'text':
      return maxLength < 8 ? undefined : `?${random.toString(36)}`.slice(0, maxLength);
    case 'uuid':
      return randomUUID();
    case 'bytes':
      return randomBytes(16);
    case 'decimal':
      return precision - scale < 8
        ? undefined
        : `-${random % 10_000_000}${scale > 0 ? `.${'0'.repeat(scale)}` : ''}`;
    default:
      return undefined;
  }
}

/**
 * Adds one row to each table: a copy of one that is there, its key and unique values new; of an empty table one of the
 * emptiest values.
 * @param session in a transaction that is taken back
 * @returns tables whose rows cannot be made up: their key is a reference, or a check wants a certain value
 * @throws PROOF_FAILED
 */
export async function probe(
  session: Session,
  { syntax, forms }: Spelling,
  tables: readonly TableSpec[],
): Promise<Unprobed[]> {
  const unprobed: Unprobed[] = [];
  for (const spec of tables) {
    const serial = spec.columns.find((column) => column.serial);
    const columns = spec.columns.filter((column) => column !== serial);
    const referring = new Set(spec.foreignKeys.flatMap((reference) => reference.columns));
    const unique = new Set([
      ...(serial === undefined ? spec.key : []),
      ...spec.columns.filter((column) => column.unique).map(({ name }) => name),
      ...spec.indexes.filter((index) => index.unique).flatMap((index) => index.columns),
    ]);
    const names = columns.map(({ name }) => syntax.quote(name)).join(', ');
    const sample =
      columns.length === 0
        ? undefined
        : await session.get(
            { sql: `SELECT ${names} FROM ${syntax.quote(spec.name)} LIMIT 1`, bigints: true },
            [],
          );
    const encode = (column: ColumnSpec, value: StoredValue): StoredValue => {
      const form = forms(false)[column.kind]?.encode;
      if (value === null || form === undefined || form === 'v') return value;
      return typeof form === 'function'
        ? form(value as never)
        : value === true
          ? 1
          : value === false
            ? 0
            : value;
    };
    const values = columns.map((column, at): StoredValue | undefined => {
      const made = unique.has(column.name) && !referring.has(column.name) ? fresh(column) : undefined;
      if (made !== undefined) return encode(column, made);
      if (sample !== undefined) return sample[at]!;
      return referring.has(column.name) && !column.nullable ? undefined : encode(column, emptiest(column));
    });
    const keyed =
      serial !== undefined || spec.key.some((name) => !referring.has(name) && isFresh(spec, name));
    if (!keyed || values.includes(undefined)) {
      unprobed.push({ table: spec.name, why: 'its rows refer to others' });
      continue;
    }
    const write = {
      table: spec.name,
      columns: columns.map(({ name }) => name),
      key: spec.key,
      onConflict: 'fail' as const,
    };
    const sql =
      columns.length === 0
        ? `INSERT INTO ${syntax.quote(spec.name)} DEFAULT VALUES`
        : syntax.bulkInsert(write, 1);
    try {
      await session.run({ sql }, values as StoredValue[]);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      const made =
        error.code === 'CHECK_FAILED' || (error.code === 'REFERENCE_MISSING' && sample === undefined);
      if (!made)
        throw new HoldfastError('PROOF_FAILED', `no row can be added to ${spec.name}: ${error.message}`, {
          cause: error,
        });
      unprobed.push({ table: spec.name, why: error.message });
    }
  }
  return unprobed;
}

const isFresh = (spec: TableSpec, name: string): boolean =>
  fresh(spec.columns.find((column) => column.name === name)!) !== undefined;
