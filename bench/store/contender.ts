// What the store benches ask of each side; loops are inside, so that each is written as its users write it.

import type { Event } from './table.ts';

type Visit = (row: Event) => void;
type Maybe<T> = T | Promise<T>;

export interface EventPage {
  readonly items: readonly Event[];
  /** Whether more follow. */
  readonly more: boolean;
}

export interface Contender {
  readonly name: string;
  /** All rows in one transaction. */
  upsertMany(rows: readonly Event[]): Maybe<void>;
  /** One read for each id. */
  getEach(ids: readonly number[], visit: Visit): Maybe<void>;
  /** The same with statements prepared beforehand, where users have to do that by hand. */
  getEachPrepared?(ids: readonly number[], visit: Visit): Maybe<void>;
  /** A page in the order of the key. */
  firstPage(limit: number): Maybe<EventPage>;
  /** A page of one status, newest first. */
  newest(status: string, limit: number): Maybe<EventPage>;
  /** One statement for each row, inside one transaction. */
  upsertEachTogether(rows: readonly Event[]): Maybe<void>;
  /** One statement and one durable commit for each row. */
  upsertEachAlone(rows: readonly Event[]): Maybe<void>;
  close(): Maybe<void>;
}

export type Open = (url: string) => Maybe<Contender>;

/** Settings of every connection that is not Holdfast's: those that Holdfast opens with. */
export const pragmas = `PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384;
  PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; PRAGMA busy_timeout=5000;`;
