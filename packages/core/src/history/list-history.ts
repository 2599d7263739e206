// The timeline: who changed what, when and why, over one record, one resource or everything.

import { HoldfastError } from '../errors.ts';
import { type Resource, recordId } from '../schema/domain.ts';
import type { Instant } from '../schema/instant.ts';
import { journalOps } from '../schema/spec.ts';
import type { Store } from '../store/open-store.ts';
import type { Page } from '../store/repository.ts';
import { recordKey } from '../sync/record-key.ts';
import { journal, tombstones } from '../system/tables.ts';
import { FirstRuns, type JournalRow } from './credits.ts';
import { changedPart, differences, type FieldChange } from './differences.ts';
import { Feed } from './history-feed.ts';
import type { HistoryTable } from './history-table.ts';
import { type LoggedChange, versionAfter } from './read-changes.ts';

export type ChangeType = 'created' | 'updated' | 'deleted' | 'discovered';

export interface HistoryItem {
  readonly resource: Resource;
  readonly id: string;
  readonly at: Instant;
  readonly change: ChangeType;
  /** `external` for what was written past every store. */
  readonly actor: string;
  readonly via: string;
  readonly source: string | null;
  readonly run: string | null;
  readonly request: string | null;
  readonly reason: string | null;
  /** What ended a record that a sweep found gone, in its system's own name, as the id of a task. */
  readonly cause: string | null;
  readonly txn: bigint | undefined;
  /** Number of the change in its table. */
  readonly seq: number;
  /** Of an update the properties that changed, else the record; null where there was none. */
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  /** Field by field, down into JSON; of an update only. */
  readonly fields: readonly FieldChange[];
}

export interface HistoryQuery {
  readonly resources: readonly Resource[];
  /** Key of one record, of the only resource. */
  readonly key?: Readonly<Record<string, unknown>> | undefined;
  /** Included, both. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly run?: string | undefined;
  readonly request?: string | undefined;
  readonly actor?: string | undefined;
  readonly source?: string | undefined;
  readonly change?: ChangeType | undefined;
  /** Of an update, too, the whole record instead of what changed. @default false */
  readonly whole?: boolean | undefined;
  /** Items of one page, 1 to 10,000. @default 50 */
  readonly limit?: number;
  readonly after?: string | null | undefined;
}

/** Transactions of one run or request that are looked at. */
const mostTxns = 10_000;

/** One page of changes, newest first. @throws HISTORY_NONE, QUERY_INVALID, CURSOR_INVALID */
export async function listHistory(store: Store, query: HistoryQuery): Promise<Page<HistoryItem>> {
  const { limit = 50, after } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new HoldfastError('QUERY_INVALID', `limit is ${limit}: it takes 1 to 10000`);
  const wanted = await creditedTo(store, query);
  const txns = wanted?.map(({ txn }) => txn);
  if (wanted !== undefined && wanted.length > 0) query = withinSpan(query, wanted);
  const places = after ? decodePlaces(after, query.resources) : undefined;
  const feeds = query.resources.map(
    (resource) => new Feed(store, resource, query, txns, places && (places[resource.name] ?? 0)),
  );
  const firstRuns = new FirstRuns(store);
  const items: HistoryItem[] = [];
  while (items.length <= limit) {
    const heads = await Promise.all(feeds.map((feed) => feed.head()));
    let newest: number | undefined;
    for (const [index, head] of heads.entries())
      if (head !== undefined && (newest === undefined || head.at > heads[newest]!.at)) newest = index;
    if (newest === undefined) return { items, next: null };
    if (items.length === limit) break;
    const feed = feeds[newest]!;
    const item = await toItem(store, feed, await feed.take(), firstRuns, query.whole === true);
    if (item !== undefined && isWanted(item, query)) items.push(item);
  }
  return { items, next: await encodePlaces(feeds) };
}

/** Transactions of the run or request that is asked for; undefined where none is. */
async function creditedTo(store: Store, { run, request }: HistoryQuery): Promise<JournalRow[] | undefined> {
  if (run === undefined && request === undefined) return undefined;
  const where = { ...(run === undefined ? {} : { run }), ...(request === undefined ? {} : { request }) };
  return (await store.repository(journal).list({ where, limit: mostTxns })).items;
}

/** The query, limited to the time in which these transactions ran. */
function withinSpan(query: HistoryQuery, credits: readonly JournalRow[]): HistoryQuery {
  const from = Math.min(...credits.map(({ startedAt }) => startedAt));
  const to = Math.max(...credits.map(({ at }) => at));
  return { ...query, from: Math.max(from, query.from ?? from), to: Math.min(to, query.to ?? to) };
}

const isWanted = (item: HistoryItem, { actor, source, change }: HistoryQuery): boolean =>
  (actor === undefined || item.actor === actor) &&
  (source === undefined || item.source === source) &&
  (change === undefined || item.change === change);

/** @returns undefined for a change that changed nothing */
async function toItem(
  store: Store,
  feed: Feed,
  { change, replaced }: Awaited<ReturnType<Feed['take']>>,
  firstRuns: FirstRuns,
  whole: boolean,
): Promise<HistoryItem | undefined> {
  const { resource, history } = feed;
  const old = replaced ?? change;
  const before = old.op === journalOps.insert ? undefined : history.decode(old.image);
  const after = change.op === journalOps.delete ? undefined : await versionAfter(store, history, change);
  const known = before ?? after;
  // Inserted and replaced by something that was never captured: there is nothing to show.
  if (known === undefined) return undefined;
  const fields =
    before === undefined || after === undefined ? [] : differences(resource.table, before, after);
  if (before !== undefined && after !== undefined && fields.length === 0) return undefined;
  const credit = feed.credit(change.txn);
  const type = await typeOf(before, after, credit, known, firstRuns);
  const updated = type === 'updated';
  const part = updated && !whole;
  return {
    resource,
    id: recordId(resource, known),
    at: change.at,
    change: type,
    actor: credit?.actor ?? 'external',
    via: credit?.via ?? 'external',
    source: credit?.source ?? sourceOf(known),
    run: credit?.run ?? null,
    request: credit?.request ?? null,
    reason: credit?.reason ?? null,
    cause: type === 'deleted' ? await causeOf(store, history, change, credit) : null,
    txn: change.txn,
    seq: change.seq,
    before: before === undefined || !isThere(before) ? null : part ? changedPart(before, fields) : before,
    after: after === undefined || !isThere(after) ? null : part ? changedPart(after, fields) : after,
    fields: updated ? fields : [],
  };
}

async function causeOf(
  store: Store,
  { codec, table }: HistoryTable,
  { key }: LoggedChange,
  credit: JournalRow | undefined,
): Promise<string | null> {
  if (credit?.run == null) return null;
  const { hash: keyHash } = recordKey(codec, key);
  const row = await store.repository(tombstones).get({ runId: credit.run, tableName: table.name, keyHash });
  return row?.cause ?? null;
}

/** A record that a complete scope no longer showed is kept, and is gone all the same. */
const isThere = (row: Readonly<Record<string, unknown>>): boolean => (row['absentSince'] ?? null) === null;
const sourceOf = (row: Readonly<Record<string, unknown>>): string | null =>
  typeof row['source'] === 'string' ? row['source'] : null;

async function typeOf(
  before: Record<string, unknown> | undefined,
  after: Record<string, unknown> | undefined,
  credit: JournalRow | undefined,
  known: Record<string, unknown>,
  firstRuns: FirstRuns,
): Promise<ChangeType> {
  const [was, is] = [before !== undefined && isThere(before), after !== undefined && isThere(after)];
  if (was && is) return 'updated';
  if (!is) return was ? 'deleted' : 'updated';
  if (credit?.run == null) return 'created';
  // Back after it was gone, or there before anybody looked.
  const source = sourceOf(known);
  const found = before !== undefined || (source !== null && (await firstRuns.includes(source, credit.run)));
  return found ? 'discovered' : 'created';
}

/** How far each resource was read; those that have nothing left are not named. */
async function encodePlaces(feeds: readonly Feed[]): Promise<string> {
  const places: Record<string, number> = {};
  for (const feed of feeds) {
    const place = await feed.place();
    if (place > 0) places[feed.resource.name] = place;
  }
  return Buffer.from(JSON.stringify(places)).toString('base64url');
}

function decodePlaces(cursor: string, resources: readonly Resource[]): Record<string, number> {
  try {
    const places = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Record<string, number>;
    const isOurs = Object.keys(places).every((name) => resources.some((resource) => resource.name === name));
    if (isOurs && Object.values(places).every(Number.isSafeInteger)) return places;
  } catch {
    // Falls through to the one error.
  }
  throw new HoldfastError('CURSOR_INVALID', 'the cursor does not belong to this query');
}
