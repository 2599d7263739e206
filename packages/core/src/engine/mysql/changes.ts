// Changes since a position. Rows get their numbers before they are committed, so no number tells what is new. Each
// reading has a number of its own instead, in the order of the snapshots; what it has read is stamped with it before the
// number is given out as a position. New after a position is what is not stamped, or stamped with a later number.

import { HoldfastError, isHoldfastError } from '../../errors.ts';
import type { StoredRow } from '../../schema/codec.ts';
import { historySpec, type TableSpec } from '../../schema/spec.ts';
import type { ChangeChunk, ChangeReading } from '../engine.ts';
import { generations, unseenMark } from './capture.ts';
import type { MysqlConnection } from './connection.ts';
import { quote } from './dialect.ts';
import { scan } from './scan.ts';
import { SeqRanges, seqCondition } from './seq-ranges.ts';
import type { MysqlConnections, MysqlSession } from './session.ts';

/** Rows of one chunk. */
const chunkRows = 2_000;
/** The server ends the wait by itself when the connection is lost. */
const aYear = 31_536_000;
const lock = `concat('holdfast changes ', left(sha2(database(), 256), 32))`;

export async function changes(
  connections: MysqlConnections,
  specs: readonly TableSpec[],
  position: string | undefined,
): Promise<ChangeReading> {
  const tracked = specs.filter(({ history }) => history !== undefined);
  const after = position === undefined ? undefined : BigInt(position);
  if (!(await anyNew(connections.session, tracked, after))) return nothing(position ?? '0');
  let behind: string | undefined;
  const chunks = connections.lendLong((connection) => readAll(connection));

  async function* readAll(connection: MysqlConnection): AsyncGenerator<ChangeChunk> {
    const own = await beginReading(connection);
    const unstamped = new Map<string, SeqRanges>();
    for (const table of tracked) {
      const seqs = new SeqRanges();
      unstamped.set(historySpec(table)!.name, seqs);
      const sql = readingSql(table, after !== undefined);
      const values = after === undefined ? [] : [after];
      for await (const { rows } of scan(connection, { sql, bigints: true }, values, chunkRows)) {
        for (const row of rows)
          if (Number((row as StoredRow[number][]).pop()) === 1) seqs.add(Number(row[0]));
        yield { table, rows };
      }
    }
    for (const [history, seqs] of unstamped) await stamp(connections.session, history, seqs, own);
    behind = String(own);
  }

  return {
    chunks,
    get position() {
      if (behind === undefined) throw new HoldfastError('USAGE', 'the changes are not read to their end yet');
      return behind;
    },
    async close() {
      await chunks.return(undefined);
    },
  };
}

/** The number that was given last: what it has not stamped is given again, so it is a little old. */
export async function lastGeneration(session: MysqlSession): Promise<string> {
  const row = await session.get({ sql: `SELECT generation FROM ${generations}`, bigints: true }, []);
  return String(row![0]);
}

const nothing = (position: string): ChangeReading => ({
  chunks: (async function* () {})(),
  position,
  close: async () => {},
});

/** Whether there is anything to read. Looking often must not write every time. */
async function anyNew(
  session: MysqlSession,
  tracked: readonly TableSpec[],
  after: bigint | undefined,
): Promise<boolean> {
  if (tracked.length === 0) return false;
  const condition = after === undefined ? '' : ` WHERE ${isNew(String(after))}`;
  const some = tracked.map((spec) => `EXISTS (SELECT 1 FROM ${quote(historySpec(spec)!.name)}${condition})`);
  const row = await session.get({ sql: `SELECT ${some.join(' OR ')}` }, []);
  return Number(row![0]) === 1;
}

/** What was not written by a trigger of ours may have no mark at all. */
export const isNew = (after: string): string => `(journal_mark IS NULL OR journal_mark > ${after})`;
export const isUnseen = `(journal_mark IS NULL OR journal_mark = ${unseenMark})`;

const readingSql = (table: TableSpec, limited: boolean): string => {
  const columns = ['journal_seq', 'journal_at', 'journal_op', 'journal_txn', ...table.key];
  return `SELECT ${columns.map(quote).join(', ')}, ${isUnseen} FROM ${quote(historySpec(table)!.name)}
    ${limited ? `WHERE ${isNew('?')}` : ''} ORDER BY journal_seq`;
};

/**
 * Takes the next number, and the snapshot while nobody else can take one: a later number sees all that an earlier one has
 * seen. @returns the number
 */
export async function beginReading(connection: MysqlConnection): Promise<bigint> {
  connection.surround(
    `DO get_lock(${lock}, ${aYear}); UPDATE ${generations} SET generation = generation + 1`,
    `DO release_lock(${lock})`,
  );
  try {
    const { rows } = await connection.execute(`SELECT generation FROM ${generations}`, [], { bigints: true });
    return rows[0]![0] as bigint;
  } catch (error) {
    // The lock goes with it.
    connection.lost = true;
    throw error;
  }
}

/** What another reader has stamped meanwhile is new to nobody who had its number or a later one: the earlier number stays. */
export async function stamp(
  session: MysqlSession,
  history: string,
  seqs: SeqRanges,
  own: bigint,
): Promise<void> {
  for (const ranges of seqs.batches()) {
    // By the other index, it would wait for what others have not committed yet.
    const sql = `UPDATE ${quote(history)} FORCE INDEX (PRIMARY) SET journal_mark = ${own}
      WHERE ${seqCondition(ranges)} AND (journal_mark IS NULL OR journal_mark > ${own})`;
    await untilDone(() => session.exec(sql));
  }
}

/** Stamping may lose against another reader's, and is then done again. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      return await work();
    } catch (error) {
      if (!isHoldfastError(error) || error.code !== 'TRANSACTION_CONFLICT') throw error;
    }
}
