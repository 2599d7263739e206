// Changes since a position. There is one writer, and each of its changes has a later instant than those before: what
// is above an instant is what came after it.

import { historySpec, type TableSpec } from '../../schema/spec.ts';
import type { ChangeChunk, ChangeReading, Session } from '../engine.ts';
import { clock } from './capture.ts';
import { syntax } from './dialect.ts';

const { quote } = syntax;
/** Rows of one chunk. */
const chunkRows = 2_000;

/** @param session a reader of its own, in a transaction */
export async function changes(
  session: Session,
  specs: readonly TableSpec[],
  position: string | undefined,
  close: () => Promise<void>,
): Promise<ChangeReading> {
  const after = Number(position);
  const [last] = (await session.get({ sql: `SELECT at FROM ${clock}` }, []))!;
  async function* chunks(): AsyncGenerator<ChangeChunk> {
    for (const table of specs.filter(({ history }) => history !== undefined)) {
      const columns = ['journal_seq', 'journal_at', 'journal_op', 'journal_txn', ...table.key].map(quote);
      const from = quote(historySpec(table)!.name);
      // Rows come in the order of their instants, so the first that is later is found from the end; what an INSERT OR
      // IGNORE has put aside has no instant, and may stand behind changes that were not read yet.
      const start =
        position === undefined
          ? [0]
          : (await session.get(
              {
                sql: `SELECT coalesce((SELECT journal_seq FROM ${from} WHERE journal_at <= ? AND journal_op < 9 ORDER BY journal_seq DESC LIMIT 1), 0)`,
              },
              [after],
            ))!;
      let seq = Number(start[0]);
      for (;;) {
        const rows = await session.all(
          {
            sql: `SELECT ${columns.join(', ')} FROM ${from} WHERE journal_seq > ? AND journal_op < 9 ORDER BY journal_seq LIMIT ${chunkRows}`,
            bigints: true,
          },
          [seq],
        );
        if (rows.length === 0) break;
        yield { table, rows };
        seq = Number(rows.at(-1)![0]);
      }
    }
  }
  return { chunks: chunks(), position: String(last), close };
}
