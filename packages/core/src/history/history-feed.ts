// The changes of one resource, newest first, read ahead in steps.

import type { Resource } from '../schema/domain.ts';
import type { Instant } from '../schema/instant.ts';
import { journalOps } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import { creditsOf, type JournalRow } from './credits.ts';
import { type HistoryTable, historyTable } from './history-table.ts';
import { type LoggedChange, readChanges } from './read-changes.ts';
import { type SeqRange, seqRange } from './seq-range.ts';

/** Changes read at once. */
const step = 200;

export interface FeedQuery {
  readonly key?: Readonly<Record<string, unknown>> | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

export class Feed {
  readonly resource: Resource;
  readonly history: HistoryTable;
  readonly #store: Store;
  readonly #filter: {
    readonly key?: never[];
    readonly from?: Instant | undefined;
    readonly to?: Instant | undefined;
  };
  readonly #txns: readonly bigint[] | undefined;
  #range: SeqRange | undefined;
  #waiting: LoggedChange[] = [];
  #credits = new Map<bigint, JournalRow>();
  #done = false;
  #place: number | undefined;

  constructor(
    store: Store,
    resource: Resource,
    query: FeedQuery,
    txns: readonly bigint[] | undefined,
    place: number | undefined,
  ) {
    this.#store = store;
    this.resource = resource;
    this.history = historyTable(store, resource.table);
    this.#txns = txns;
    this.#place = place;
    const { codec } = this.history;
    const key =
      query.key === undefined
        ? undefined
        : codec.keyFields.map(({ property }) => codec.column(property).encode(query.key![property]));
    this.#filter = { ...(key === undefined ? {} : { key: key as never[] }), from: query.from, to: query.to };
  }

  credit(txn: bigint | undefined): JournalRow | undefined {
    return txn === undefined ? undefined : this.#credits.get(txn);
  }

  /** Changes with smaller numbers are still to come; what is logged from now on is not. */
  async place(): Promise<number> {
    const head = await this.head();
    return this.#place ?? (head === undefined ? 0 : head.seq + 1);
  }

  async head(): Promise<LoggedChange | undefined> {
    await this.#fill(1);
    return this.#waiting[0];
  }

  /** The newest change, and the one before it where both are one: a REPLACE deletes and inserts. */
  async take(): Promise<{ readonly change: LoggedChange; readonly replaced?: LoggedChange }> {
    await this.#fill(2);
    const change = this.#waiting.shift()!;
    this.#place = change.seq;
    const [before] = this.#waiting;
    const one =
      change.op === journalOps.insert &&
      before?.op === journalOps.delete &&
      (before.at === change.at || change.txn !== undefined) &&
      before.txn === change.txn &&
      String(before.key) === String(change.key);
    if (!one) return { change };
    this.#waiting.shift();
    this.#place = before.seq;
    return { change, replaced: before };
  }

  async #fill(least: number): Promise<void> {
    if (this.#waiting.length >= least || this.#done) return;
    const beforeSeq = this.#waiting.at(-1)?.seq ?? this.#place;
    const { key, from, to } = this.#filter;
    if (key === undefined && (from !== undefined || to !== undefined))
      this.#range ??= await seqRange(this.#store, this.history, from, to);
    const more = await readChanges(
      this.#store,
      this.history,
      { ...this.#filter, txns: this.#txns, beforeSeq, range: this.#range },
      step,
    );
    this.#done = more.length < step;
    this.#waiting.push(...more);
    const unknown = more.flatMap(({ txn }) => (txn === undefined || this.#credits.has(txn) ? [] : [txn]));
    for (const [txn, row] of await creditsOf(this.#store, unknown)) this.#credits.set(txn, row);
  }
}
