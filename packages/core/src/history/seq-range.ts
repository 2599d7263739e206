// Which numbers the changes of a stretch of time have. Rows come in the order of time, give or take transactions that
// ran side by side, so their numbers are found by halving, and no index has to be kept for it.

import type { Session } from '../engine/engine.ts';
import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { counts, decodeInstant, type HistoryTable } from './history-table.ts';

/** How far two changes can be out of order where several write at once: as long as a transaction takes. */
const slack = 3_600_000_000;

export interface SeqRange {
  /** First and last number that can be meant, both included. */
  readonly first: number;
  readonly last: number;
}

/** @returns numbers outside of which no change lies between the two instants */
export async function seqRange(
  store: Store,
  history: HistoryTable,
  from: Instant | undefined,
  to: Instant | undefined,
): Promise<SeqRange> {
  const { syntax } = history.codec;
  const early = store.engine.capabilities.concurrentWriters ? slack : 0;
  return store.engine.read(async (session) => {
    const bounds = await session.get(
      { sql: `SELECT min(journal_seq), max(journal_seq) FROM ${history.history}`, bigints: true },
      [],
    );
    const [least, most] = (bounds ?? []).map(Number) as [number, number];
    if (!(least <= most) || bounds?.[0] === null) return { first: 0, last: 0 };
    const sql = `SELECT h.journal_seq, h.journal_at FROM ${history.history} AS h WHERE h.journal_seq >= ${syntax.placeholder(1)} AND ${counts('h')} ORDER BY h.journal_seq LIMIT 1`;
    const firstFrom = (instant: Instant): Promise<number> =>
      firstAtOrAfter(store, session, sql, [least, most], instant);
    return {
      first: from === undefined ? least : await firstFrom(from - early),
      last: to === undefined ? most : (await firstFrom(to + early + 1)) - 1,
    };
  });
}

/** The number of the first change that is not before the instant; one more than the last where there is none. */
async function firstAtOrAfter(
  store: Store,
  session: Session,
  sql: string,
  [least, most]: readonly [number, number],
  instant: Instant,
): Promise<number> {
  let [low, high] = [least, most + 1];
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const row = await session.get({ sql, bigints: true }, [middle]);
    if (row === undefined || decodeInstant(store, row[1]!) >= instant) high = middle;
    else low = Number(row[0]) + 1;
  }
  return low;
}
