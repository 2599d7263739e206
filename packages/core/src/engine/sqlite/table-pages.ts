// A whole table, page by page: an answer in one call is twice as fast as one row after another, and wide rows make
// small pages, so that memory stays bounded.

import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import type { ColumnSpec, TableSpec } from '../../schema/spec.ts';
import { fullChunkBytes, keyColumns } from '../snapshot.ts';
import { syntax } from './dialect.ts';
import { allOf, compileMend, hasBigints, mendText } from './exact-rows.ts';
import type { SqliteSession } from './session.ts';
import { turn } from './turn.ts';

const { quote } = syntax;
/** Bytes of text up to which a column makes no row wide. */
const narrowText = 1_024;

/** What tells where a page begins. */
interface Place {
  readonly sql: string;
  readonly selected: string;
  readonly placeholder: string;
}

/** The order in which the rows lie: by their number, or by the key where they lie in its tree. */
function placesOf(session: SqliteSession, spec: TableSpec): Place[] {
  const found = session
    .prepare("SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'")
    .get(spec.name) as unknown as StoredRow | undefined;
  if (Number(found?.[0] ?? 0) === 0) return [{ sql: 'rowid', selected: 'rowid', placeholder: '?' }];
  // By its bytes: text that is not UTF-8 would not be found again.
  return keyColumns(spec).map(({ name, kind }) =>
    kind === 'bytes' || ['int', 'bigint', 'instant', 'bool', 'real'].includes(kind)
      ? { sql: quote(name), selected: quote(name), placeholder: '?' }
      : { sql: quote(name), selected: `CAST(${quote(name)} AS BLOB)`, placeholder: 'CAST(? AS TEXT)' },
  );
}

/** Files up to this size are looked through twice: the second time they are in memory. */
const mostScanned = 2 ** 31;
/** Pages of the file between two turns of the event loop. */
const pagesPerTurn = 1_000;

/** Bytes of the table's widest row; without end where it is too much to look. */
async function widestRow(session: SqliteSession, table: string): Promise<number> {
  const size = session.prepare('SELECT page_count * page_size FROM pragma_page_count, pragma_page_size');
  if (Number((size.get() as unknown as StoredRow)[0]) > mostScanned) return Number.POSITIVE_INFINITY;
  const statement = session.db.prepare('SELECT mx_payload FROM dbstat WHERE name = ?');
  statement.setReturnArrays(true);
  let [widest, pages] = [0, 0];
  for (const row of statement.iterate(table)) {
    const [bytes] = row as unknown as [number];
    if (bytes > widest) widest = bytes;
    if (++pages % pagesPerTurn === 0) await turn();
  }
  return widest;
}

/** @param measured the widest row may be looked for first, in the whole file and its schema */
export async function* tablePages(
  session: SqliteSession,
  spec: TableSpec,
  columns: readonly ColumnSpec[],
  chunkRows: number,
  measured: boolean,
): AsyncGenerator<StoredRow[]> {
  const places = placesOf(session, spec);
  const width = columns.length;
  const order = places.map(({ sql }) => sql).join(', ');
  const names = columns.map(({ name }) => quote(name));
  const selected = [...names, ...places.map((place) => place.selected)].join(', ');
  const behind = `(${order}) > (${places.map(({ placeholder }) => placeholder).join(', ')})`;
  const counted = spec.copies ? ['journal_op < 9'] : [];
  const mends = [compileMend(columns, false), compileMend(columns, true)] as const;
  const widening = columns.filter(
    ({ kind, maxLength = Number.POSITIVE_INFINITY }) =>
      ['text', 'json', 'bytes'].includes(kind) && maxLength > narrowText,
  );
  const narrow =
    widening.length === 0 ||
    (measured && (await widestRow(session, spec.name)) * chunkRows <= fullChunkBytes);
  const wide = (narrow ? [] : widening).map(({ name }) => `coalesce(octet_length(${quote(name)}), 0)`);
  let bigints = hasBigints(columns);
  let limit = chunkRows;
  for (let last: StoredValue[] = []; ; ) {
    const conditions = [...counted, ...(last.length === 0 ? [] : [behind])];
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const from = `FROM ${quote(spec.name)}${where} ORDER BY ${order} LIMIT `;
    /** Sizes are told without reading the values. */
    const fits = (rows: number): boolean => {
      const sql = `SELECT sum(bytes) FROM (SELECT ${wide.join(' + ')} AS bytes ${from}${rows})`;
      const [bytes] = session.prepare(sql).get(...(last as never[])) as unknown as StoredRow;
      return Number(bytes ?? 0) <= fullChunkBytes;
    };
    limit = Math.min(chunkRows, limit * 2);
    if (wide.length > 0) while (limit > 1 && !fits(limit)) limit = Math.ceil(limit / 4);
    const page = allOf(session, `SELECT ${selected} ${from}${limit}`, last, bigints);
    const { rows } = page;
    if (rows.length === 0) return;
    const mend = mends[page.bigints ? 1 : 0];
    const next = rows.at(-1)!.slice(width);
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const at = places.length > 1 ? row.splice(width) : [row.pop()!];
      if (mend(row)) mendText(row, bytesAt(at));
    }
    last = next;
    bigints = page.bigints;
    yield rows;
    if (rows.length < limit) return;
    await turn();
  }

  function bytesAt(at: readonly StoredValue[]): StoredRow {
    const cast = names.map((name) => `iif(typeof(${name}) = 'text', CAST(${name} AS BLOB), ${name})`);
    const same = places.map(({ sql, placeholder }) => `${sql} = ${placeholder}`).join(' AND ');
    const sql = `SELECT ${cast.join(', ')} FROM ${quote(spec.name)} WHERE ${same}`;
    return session.prepare(sql, true).get(...(at as never[])) as unknown as StoredRow;
  }
}
