// One state of a MySQL or MariaDB database: a consistent snapshot that has its number among those of the readers of
// changes, so that what it has seen can be told from what came later.

import { HoldfastError } from '../../errors.ts';
import type { StoredRow, StoredValue } from '../../schema/codec.ts';
import { historySpec, type TableSpec } from '../../schema/spec.ts';
import type { Syntax } from '../engine.ts';
import type { RawRows } from '../raw-rows.ts';
import { hold } from '../server/hold.ts';
import {
  fullChunkBytes,
  type Query,
  type RowSource,
  type Snapshot,
  type SnapshotOptions,
  snapshotOf,
} from '../snapshot.ts';
import { generations } from './capture.ts';
import { beginReading, isNew, isUnseen, stamp } from './changes.ts';
import type { MysqlConnection } from './connection.ts';
import { quote } from './dialect.ts';
import { hasTable } from './introspect.ts';
import { momentSql } from './moment.ts';
import { scan, scanPackets } from './scan.ts';
import { SeqRanges } from './seq-ranges.ts';
import type { MysqlConnections, ServerWants } from './session.ts';

/** Rows of one chunk of numbers. */
const chunkRows = 5_000;

/**
 * Of settled rows it takes neither number nor transaction. Otherwise:
 * 1. Takes the next number and the snapshot together: a later number sees all that an earlier one has seen.
 * 2. Notes the changes that the snapshot sees, and that no reader has seen yet. `keepPosition` stamps them with the number:
 *    behind everything that is read, since the server would have to look up what they were before. Broken off up to then,
 *    the next reader stamps them with its own.
 * @param specs all tables: what their histories have is before the position
 * @throws CURSOR_INVALID for a position that this database has not given yet
 */
export async function snapshot(
  connections: MysqlConnections,
  { syntax }: ServerWants,
  specs: readonly TableSpec[],
  options: SnapshotOptions,
): Promise<Snapshot> {
  if (options.settled) return settled(connections, syntax, options);
  const tracked = await hasTable(connections.session, generations);
  const lent = connections.lendLong(async function* (own) {
    yield own;
  });
  const close = async (): Promise<void> => {
    await lent.return(undefined);
  };
  try {
    const connection = (await lent.next()).value as MysqlConnection;
    const own = tracked ? await beginReading(connection) : 0n;
    const { at, stop } = await momentOf(connection, connections);
    const histories = tracked ? specs.map(historySpec).filter((history) => history !== undefined) : [];
    const news = await readNews(connection, histories, options.position);
    return snapshotOf(
      {
        at,
        position: String(own),
        ...rowSource(connection, syntax, stop),
        since({ name }, position) {
          if (!/^\d+$/.test(position) || BigInt(position) > own)
            throw new HoldfastError(
              'CURSOR_INVALID',
              `no position that this database has given: ${position}`,
            );
          // What it sees itself was stamped behind its back.
          if (BigInt(position) === own) return '1 = 0';
          return (position === options.position && news.get(name)?.all.condition()) || isNew(position);
        },
        async serials(counters) {
          const found: bigint[] = [];
          for (const { spec } of counters) {
            // The view of tables may be a day old.
            const result = await connection.execute(`SHOW CREATE TABLE ${quote(spec.name)}`, []);
            const [, next] = /\) ENGINE=.* AUTO_INCREMENT=(\d+)/.exec(String(result.rows[0]![1])) ?? [];
            found.push(BigInt(next ?? 1));
          }
          return found;
        },
        estimates: (tables) => estimatesOf(connection, tables),
        added: ({ name }, position) => (position === options.position ? news.get(name)?.all.size : undefined),
        async keepPosition() {
          for (const [name, { unseen }] of news) await stamp(connections.session, name, unseen, own);
        },
        close,
      },
      options,
    );
  } catch (error) {
    await close();
    throw error;
  }
}

async function estimatesOf(connection: MysqlConnection, specs: readonly TableSpec[]): Promise<number[]> {
  if (specs.length === 0) return [];
  const sql = `SELECT table_name, table_rows FROM information_schema.tables
    WHERE table_schema = database() AND table_name IN (${specs.map(() => '?').join(', ')})`;
  const { rows } = await connection.execute(
    sql,
    specs.map(({ name }) => name),
  );
  const found = new Map(rows.map(([name, count]) => [String(name), Number(count ?? 0)]));
  return specs.map(({ name }) => found.get(name) ?? 0);
}

/** The instant, and what ends the statement that the connection runs. */
async function momentOf(connection: MysqlConnection, { session }: MysqlConnections) {
  const { rows } = await connection.execute(`SELECT ${momentSql}, connection_id()`, []);
  const [at, id] = rows[0] as [number, number];
  // What it stops may be over already; then it meets nothing.
  const stop = (): Promise<void> => session.exec(`KILL QUERY ${id}`).catch(() => undefined);
  return { at, stop };
}

/** Each statement by itself: a transaction would hold every table that it has read against those who alter it. */
async function settled(
  connections: MysqlConnections,
  syntax: Syntax,
  options: SnapshotOptions,
): Promise<Snapshot> {
  const { connection, release } = await hold<MysqlConnection>((work) => connections.session.on(work));
  try {
    const { at, stop } = await momentOf(connection, connections);
    const none = (): never => {
      throw new HoldfastError('CURSOR_INVALID', 'settled rows have no position');
    };
    const source = { ...rowSource(connection, syntax, stop), at, position: '' };
    return snapshotOf({ ...source, since: none, serials: none, close: release }, options);
  } catch (error) {
    await release();
    throw error;
  }
}

/** Exact rows on one connection. @param stop ends the statement that it runs */
export const rowSource = (
  connection: MysqlConnection,
  syntax: Syntax,
  stop: () => Promise<void>,
): RowSource => ({
  syntax,
  parameters() {
    const values: StoredValue[] = [];
    return {
      values,
      add(value) {
        values.push(value);
        return '?';
      },
    };
  },
  async *select(columns, { sql, values }, size) {
    const exact = columns.map(({ kind }) => (kind === 'bigint' || kind === 'bool' ? kind : 'number'));
    const limits = { exact, mostBytes: fullChunkBytes, stop };
    for await (const part of scan(connection, { sql }, values, size, limits)) yield part.rows;
  },
  rawRows: async (_, query) => rawRows(connection, query, stop),
});

const module = new URL(
  import.meta.url.endsWith('.ts') ? './read-packets.ts' : './read-packets.js',
  import.meta.url,
);

async function* rawRows(
  connection: MysqlConnection,
  { sql, values }: Query,
  stop: () => Promise<void>,
): AsyncGenerator<RawRows> {
  for await (const given of scanPackets(connection, sql, values, stop))
    yield { module, given, size: given.bytes.length, transfer: [given.bytes.buffer as ArrayBuffer] };
}

/** What a history has that is new. */
interface News {
  /** Numbers of the changes that the snapshot sees and no reader has seen. */
  readonly unseen: SeqRanges;
  /** Those since the position, if there is one. */
  readonly all: SeqRanges;
}

/** By one statement for all of them: most have nothing. */
async function readNews(
  connection: MysqlConnection,
  histories: readonly TableSpec[],
  position: string | undefined,
): Promise<ReadonlyMap<string, News>> {
  const news = new Map(
    histories.map(({ name }): [string, News] => [name, { unseen: new SeqRanges(), all: new SeqRanges() }]),
  );
  if (news.size === 0) return news;
  const all = [...news.values()];
  // A position of another database is refused later.
  const wanted = position !== undefined && /^\d+$/.test(position) ? isNew(position) : isUnseen;
  const sql = [...news.keys()]
    .map((name, at) => `SELECT ${at}, journal_seq, ${isUnseen} FROM ${quote(name)} WHERE ${wanted}`)
    .join(' UNION ALL ');
  for await (const { rows } of scan(connection, { sql }, [], chunkRows))
    for (const [at, seq, isNone] of rows as StoredRow[]) {
      const each = all[Number(at)]!;
      each.all.add(Number(seq));
      if (Number(isNone) === 1) each.unseen.add(Number(seq));
    }
  return news;
}
