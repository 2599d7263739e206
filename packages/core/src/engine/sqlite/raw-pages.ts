// A whole table as its pages in the file, for other threads. What is not known to be read so is left to SQL.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../../schema/spec.ts';
import type { RawRows } from '../raw-rows.ts';
import { cellsOf, leafPages, type PageFile } from './leaf-pages.ts';
import type { Field, Leaves } from './read-leaves.ts';
import type { SqliteSession } from './session.ts';

/** Rows that are read at once, about, and bytes. */
const [someRows, someBytes] = [7_500, 1024 * 1024];

const module = new URL(
  import.meta.url.endsWith('.ts') ? './read-leaves.ts' : './read-leaves.js',
  import.meta.url,
);

interface TablePlan {
  readonly root: number;
  readonly fields: readonly Field[];
  readonly markPlace: number;
}

/** @param root page of the table, where it is known. @returns undefined where the table is to be read by SQL */
export function rawPages(
  session: SqliteSession,
  file: PageFile,
  columns: readonly ColumnSpec[],
  spec: TableSpec,
  root?: number,
): AsyncIterable<RawRows> | undefined {
  const plan = planOf(session, columns, spec, root);
  return typeof plan === 'string' ? undefined : read(file, plan);
}

async function* read(file: PageFile, { root, ...plan }: TablePlan): AsyncGenerator<RawRows> {
  let [most, run] = [0, new Uint32Array(0)];
  const part = (pages: Uint32Array): RawRows => ({
    module,
    given: { ...file, ...plan, pages, cell: 0 } satisfies Leaves,
    size: pages.length * file.pageSize,
    transfer: [],
  });
  for (const pages of leafPages(file, root)) {
    if (most === 0) most = pagesAtOnce(file, pages[0]!);
    let rest = Uint32Array.from([...run, ...pages]);
    for (; rest.length >= most; rest = rest.subarray(most)) yield part(rest.slice(0, most));
    run = rest;
  }
  if (run.length > 0) yield part(run.slice());
}

/** By the rows of the first page: those behind it have about as many. */
function pagesAtOnce(file: PageFile, first: number): number {
  const rows = Math.max(1, cellsOf(file, first));
  return Math.max(1, Math.min(Math.floor(someBytes / file.pageSize), Math.floor(someRows / rows)));
}

/** @returns the reason where it is to be read by SQL */
export function planOf(
  session: SqliteSession,
  columns: readonly ColumnSpec[],
  { name, copies }: TableSpec,
  root: StoredValue | undefined = rootsIn(session, name).get(name),
): TablePlan | string {
  const all = (sql: string): StoredRow[] => session.prepare(sql).all(name) as unknown as StoredRow[];
  const [withoutRowId] = all(`SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'`)[0] ?? [];
  if (typeof root !== 'number' || root < 2) return 'no table';
  if (withoutRowId !== 0) return 'without row ids';
  const found = all('SELECT name, type, dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid') as [
    string,
    string,
    string | null,
    number,
    number,
  ][];
  if (found.some(([, , , , hidden]) => hidden !== 0)) return 'generated columns';
  const keys = found.filter(([, , , pk]) => pk > 0);
  // An index of its own means that the key is not the row id.
  const indexed = all(`SELECT 1 FROM pragma_index_list(?) WHERE origin = 'pk'`).length > 0;
  const rowId = keys.length === 1 && !indexed ? keys[0]![0] : undefined;
  const fields: Field[] = [];
  for (const column of columns) {
    const place = found.findIndex(([each]) => each === column.name);
    if (place < 0) return 'a column is missing';
    const [, type, written] = found[place]!;
    const isReal = /REAL|FLOA|DOUB/i.test(type) && !/INT|CHAR|CLOB|TEXT|BLOB/i.test(type);
    const missing = written === null ? null : defaultOf(session, written, type, isReal);
    if (missing === undefined) return 'a default of another type';
    fields.push({ place, isRowId: column.name === rowId, isReal, missing });
  }
  const markPlace = copies ? found.findIndex(([each]) => each === 'journal_op') : -1;
  if (copies && markPlace < 0) return 'a column is missing';
  return { root, fields, markPlace };
}

/** The first pages of tables, as the schema has them now. @param name of the only one that is asked for */
export function rootsIn(session: SqliteSession, name?: string): ReadonlyMap<string, number> {
  const sql = `SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND name = coalesce(?, name)`;
  return new Map(session.prepare(sql).all(name ?? null) as unknown as [string, number][]);
}

/** What SQLite reads where a record was written before its column was added; undefined where it would change the type. */
function defaultOf(
  session: SqliteSession,
  written: string,
  type: string,
  isReal: boolean,
): StoredValue | undefined {
  if (!isConstant(written)) return null;
  const [kind, value] = session
    .prepare(`SELECT typeof(d), d FROM (SELECT ${written} AS d)`, true)
    .get() as unknown as [string, StoredValue];
  const own = { INTEGER: 'integer', INT: 'integer', REAL: 'real', TEXT: 'text', BLOB: 'blob' }[
    type.toUpperCase()
  ];
  if (kind === 'null') return null;
  if (isReal && kind === 'integer') return Number(value);
  return kind === own ? value : undefined;
}

/** What is none cannot be added to a table with rows, so no record is without it. */
const isConstant = (written: string): boolean =>
  !/^\s*\(|^\s*current_/i.test(written) && /^[^()]*$/.test(written.replaceAll(/'[^']*'/g, ''));
