// Looks at the records of one resource, page by page: what differs, and of which nobody can tell.

import { throwIfAborted } from '../engine/write-lock.ts';
import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { Resource } from '../schema/domain.ts';
import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { type CheckedRecord, differencesOf, type FoundDifference, isManaged } from './check.ts';
import { sourceOf } from './desired.ts';
import { findRecord } from './find-record.ts';
import type { Confirmations } from './freshness.ts';
import type { DriftRun } from './hook.ts';
import type { PathPattern } from './path.ts';
import { type DesiredRow, type JoinedRow, pagesOf, recordsById, wishesById, wishesOf } from './records.ts';
import type { Stored } from './state.ts';
import type { Subject } from './subject.ts';

export interface ResourceRun {
  readonly store: Store;
  readonly run: DriftRun;
  readonly resource: Resource;
  readonly subject: Subject;
  readonly ignored: (recordId: string) => PathPattern;
  readonly confirmations: Confirmations;
  readonly accepts: ((row: Stored) => boolean) | undefined;
  readonly maxAgeMs: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onPage: (records: number) => void;
}

/** A record that was looked at; what of it is acknowledged is read when it is stored. */
export interface Looked extends Omit<CheckedRecord, 'status' | 'differences'> {
  /** undefined where it could be compared. */
  readonly status: 'unknown' | 'errored' | undefined;
  readonly found: readonly Omit<FoundDifference, 'acknowledged'>[];
}

export interface LookedPage {
  readonly looked: readonly Looked[];
  /** Records of which nothing is wanted. */
  readonly unmanaged: number;
  /** Those of them that were read: what they have open is over. */
  readonly released: readonly string[];
}

export async function* lookAt(of: ResourceRun): AsyncGenerator<LookedPage> {
  const { store, run, resource, subject, signal } = of;
  throwIfAborted(signal);
  if (run.recordId !== undefined) {
    yield await lookAtOne(of, run.recordId);
    return;
  }
  // What records say of themselves stands in each of them; else only those count of which people want something.
  const all = resource.drift?.desired !== undefined;
  let managed = 0;
  if (all)
    for await (const rows of pagesOf(store, resource, run.source)) {
      throwIfAborted(signal);
      const ids = rows.map(({ row }) => subject.idOf(row));
      const wishes = await wishesById(store, resource.name, ids);
      yield await lookAtRows(of, rows, wishes);
    }
  for await (const wishes of wishesOf(store, resource.name, run.source)) {
    throwIfAborted(signal);
    const rows = await recordsById(
      store,
      resource,
      wishes.map(({ recordId }) => recordId),
      subject.idOf,
    );
    managed += rows.size;
    const missing = of.accepts === undefined ? wishes.filter(({ recordId }) => !rows.has(recordId)) : [];
    const there = all
      ? { looked: [], unmanaged: 0, released: [] }
      : await lookAtRows(of, [...rows.values()], new Map(wishes.map((wish) => [wish.recordId, wish])));
    yield { ...there, looked: [...there.looked, ...missing.map((wish) => missingRecord(of, wish))] };
  }
  if (all) return;
  const where = run.source === undefined ? {} : { source: run.source };
  const rest = (await store.repository(resource.table).count(where)) - managed;
  yield { looked: [], unmanaged: Math.max(0, rest), released: [] };
}

async function lookAtOne(of: ResourceRun, id: string): Promise<LookedPage> {
  const { store, resource, subject } = of;
  try {
    const record = await findRecord(store, resource, id);
    return await lookAtRows(of, [record], await wishesById(store, resource.name, [subject.idOf(record.row)]));
  } catch (error) {
    const wish = (await wishesById(store, resource.name, [id])).get(id);
    if (wish === undefined || !isHoldfastError(error) || error.code !== 'RECORD_NOT_FOUND') throw error;
    return { looked: [missingRecord(of, wish)], unmanaged: 0, released: [] };
  }
}

async function lookAtRows(
  of: ResourceRun,
  rows: readonly JoinedRow[],
  wishes: ReadonlyMap<string, DesiredRow>,
): Promise<LookedPage> {
  const { subject, accepts } = of;
  const looked: Looked[] = [];
  const released: string[] = [];
  for (const { row, joined } of rows) {
    if (accepts?.(row) === false) continue;
    const id = subject.idOf(row);
    const candidate = { row, joined, wish: wishes.get(id) };
    if (isManaged(subject, candidate)) looked.push(await lookAtRow(of, id, candidate));
    else released.push(id);
  }
  return { looked, unmanaged: released.length, released };
}

async function lookAtRow(
  { resource, subject, run, confirmations, maxAgeMs, ignored }: ResourceRun,
  id: string,
  candidate: Parameters<typeof differencesOf>[1],
): Promise<Looked> {
  const { row } = candidate;
  const source = sourceOf(row);
  const scope = source === null ? undefined : resource.scopeOf?.(row);
  const confirmedAt = scope === undefined ? null : ((await confirmations.of(source!, scope)) ?? null);
  const base = { resource: resource.name, id, source, row, confirmedAt, found: [] };
  const unknown = (reason: string): Looked => ({ ...base, status: 'unknown', reason });
  try {
    if ((row['absentSince'] ?? null) !== null) return unknown('absent');
    if (isStale(scope, confirmedAt, maxAgeMs, run.at)) return unknown('not confirmed lately');
    if (id.length > longestId) throw new HoldfastError('RECORD_INVALID', 'its id is too long');
    const found = differencesOf(subject, candidate, ignored(id));
    if (found === undefined) return unknown('never read');
    return { ...base, status: undefined, reason: null, found };
  } catch (error) {
    return { ...base, status: 'errored', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What the tables of differences hold of an id. */
const longestId = 600;

const isStale = (
  scope: string | undefined,
  confirmedAt: Instant | null,
  maxAgeMs: number | undefined,
  at: Instant,
): boolean =>
  maxAgeMs !== undefined &&
  scope !== undefined &&
  (confirmedAt ?? Number.NEGATIVE_INFINITY) < at - maxAgeMs * 1000;

const missingRecord = ({ resource }: ResourceRun, { recordId: id, source }: DesiredRow): Looked => ({
  ...{ resource: resource.name, id, source, row: undefined, confirmedAt: null, found: [] },
  ...{ status: 'unknown', reason: 'there is no such record' },
});
