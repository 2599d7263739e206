// Rows as they are: each value exactly what the file holds, whatever its column declares.

import type { StatementSync } from 'node:sqlite';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec } from '../../schema/spec.ts';
import type { SqliteSession } from './session.ts';
import { turn } from './turn.ts';

/** What the driver puts where bytes are not UTF-8. */
const replacement = '\uFFFD';

/** Makes the values of a row exact, in place. @returns whether some text has to be looked at as bytes */
export type Mend = (row: StoredRow) => boolean;

/**
 * The function is generated from the columns; only numbers enter its source text.
 * @param bigints integers come as bigint
 */
export function compileMend(columns: readonly ColumnSpec[], bigints: boolean): Mend {
  const lines = columns.map(({ kind }, index) => {
    const v = `r[${index}]`;
    const narrowed = bigints && kind !== 'bigint' ? `if (typeof v === 'bigint') ${v} = v = h.narrow(v);` : '';
    return kind === 'bool'
      ? `v = ${v}; ${narrowed} if (v === 0) ${v} = false; else if (v === 1) ${v} = true;`
      : `v = ${v}; ${narrowed} if (typeof v === 'string' && v.includes(h.replacement)) suspect = true;`;
  });
  const body = `return (r) => { let v, suspect = false;\n${lines.join('\n')}\nreturn suspect; };`;
  return new Function('h', body)({ narrow, replacement }) as Mend;
}

const narrow = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text where it is text, else the bytes. */
export function textOf(bytes: Uint8Array): string | Uint8Array {
  try {
    return decoder.decode(bytes);
  } catch {
    return bytes;
  }
}

export const hasBigints = (columns: readonly ColumnSpec[]): boolean =>
  columns.some(({ kind }) => kind === 'bigint');

const isOutOfRange = (error: unknown): boolean =>
  (error as { readonly code?: string }).code === 'ERR_OUT_OF_RANGE';

/** Runs a statement with integers as numbers, and with bigints where one of them is none. */
export function allOf(
  session: SqliteSession,
  sql: string,
  values: readonly StoredValue[],
  bigints: boolean,
): { readonly rows: StoredRow[]; readonly bigints: boolean } {
  const run = (statement: StatementSync): StoredRow[] =>
    statement.all(...(values as never[])) as unknown as StoredRow[];
  if (!bigints)
    try {
      return { rows: run(session.prepare(sql)), bigints };
    } catch (error) {
      if (!isOutOfRange(error)) throw error;
    }
  return { rows: run(session.prepare(sql, true)), bigints: true };
}

/** Any result, in chunks. */
export async function* exactRows(
  session: SqliteSession,
  columns: readonly ColumnSpec[],
  sql: string,
  values: readonly StoredValue[],
  chunkRows: number,
): AsyncGenerator<StoredRow[]> {
  const mend = compileMend(columns, true);
  const statement = session.db.prepare(sql);
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  let bytes: Iterator<unknown> | undefined;
  let [chunk, at]: [StoredRow[], number] = [[], 0];
  for (const each of statement.iterate(...(values as never[]))) {
    const row = each as unknown as StoredRow;
    if (mend(row)) {
      bytes ??= asBytes(session, columns, sql, values, at);
      mendText(row, bytes.next().value as StoredRow);
    } else bytes?.next();
    at++;
    if (chunk.push(row) < chunkRows) continue;
    yield chunk;
    chunk = [];
    await turn();
  }
  bytes?.return?.();
  if (chunk.length > 0) yield chunk;
}

/** The same result from its `from`th row on, texts as their bytes. */
function asBytes(
  session: SqliteSession,
  columns: readonly ColumnSpec[],
  sql: string,
  values: readonly StoredValue[],
  from: number,
): Iterator<unknown> {
  const names = columns.map((_, index) => `c${index}`);
  const cast = names.map((name) => `iif(typeof(${name}) = 'text', CAST(${name} AS BLOB), ${name})`);
  const statement = session.db.prepare(
    `WITH r (${names.join(', ')}) AS (${sql}) SELECT ${cast.join(', ')} FROM r LIMIT -1 OFFSET ${from}`,
  );
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  return statement.iterate(...(values as never[]));
}

/** @param bytes the same row, its texts as their bytes */
export function mendText(row: StoredRow, bytes: StoredRow): void {
  for (let index = 0; index < row.length; index++) {
    const value = row[index];
    if (typeof value === 'string' && value.includes(replacement))
      row[index] = textOf(bytes[index] as Uint8Array);
  }
}
