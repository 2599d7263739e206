// What a record should be: set by people, from what it is now or was once, and cleared again.

import { HoldfastError } from '../errors.ts';
import { parseRecordId, type Resource } from '../schema/domain.ts';
import { type Instant, now } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { desired, driftItems } from '../system/tables.ts';
import { checkProperties } from './desired-values.ts';
import { findRecord, recordThen } from './find-record.ts';
import { own } from './same.ts';
import { isObject, type State } from './state.ts';
import { baseline, driftSubject, unread } from './subject.ts';

export interface NewDesired {
  /** By property, in the form that the API shows; null wants that nothing is there. */
  readonly properties: State;
  /** Whatever is there beyond it is a difference, too. @default false */
  readonly whole?: boolean;
  /** Patterns of paths that are not compared. */
  readonly ignore?: readonly string[];
  /** Who wants it. */
  readonly by: string;
  /** Keep what was wanted before and is not named now. @default false */
  readonly keep?: boolean;
}

export interface DesiredState {
  readonly resource: string;
  readonly id: string;
  readonly properties: State;
  readonly whole: boolean;
  readonly ignore: readonly string[];
  readonly setBy: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/**
 * Says what a record should be. The record may be absent, but it must have been seen once.
 * @throws RECORD_NOT_FOUND, DESIRED_INVALID naming the property and those there are
 */
export async function setDesired(
  store: Store,
  resource: Resource,
  id: string,
  { properties, whole, ignore, by, keep = false }: NewDesired,
): Promise<DesiredState> {
  const subject = driftSubject(resource);
  const checked = checkProperties(subject, properties);
  return store.transaction(async (transaction) => {
    const { row } = await findRecord(transaction, resource, id);
    const recordId = subject.idOf(row);
    const repository = transaction.repository(desired);
    const before = keep ? await repository.get({ resource: resource.name, recordId }) : undefined;
    await repository.upsert({
      resource: resource.name,
      recordId,
      source: sourceOf(row),
      properties: keep ? over(before?.properties ?? {}, checked) : checked,
      whole: whole ?? before?.whole ?? false,
      ignore: ignore === undefined ? (before?.ignore ?? null) : [...ignore],
      setBy: by,
    });
    return (await getDesired(transaction, resource, recordId))!;
  });
}

/** What is named wins, within a property too. */
function over(before: State, named: State): Record<string, unknown> {
  const out = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(named)) {
    const kept = out.get(key);
    const both = isObject(kept) && isObject(value) && Object.keys(value).length > 0;
    out.set(key, both ? over(kept, value) : value);
  }
  return Object.fromEntries(out);
}

/**
 * Accepts a record as it is, or as it was at an instant: whatever differs from it later is drift.
 * @throws RECORD_NOT_FOUND, ACTUAL_UNKNOWN for a record that is absent or was never read, MOMENT_INVALID, HISTORY_NONE
 */
export async function desiredFromActual(
  store: Store,
  resource: Resource,
  id: string,
  {
    by,
    whole = true,
    ignore,
    at,
  }: Pick<NewDesired, 'by' | 'whole' | 'ignore'> & { readonly at?: Instant | undefined },
): Promise<DesiredState> {
  const subject = driftSubject(resource);
  const { row, joined } =
    at === undefined ? await findRecord(store, resource, id) : await recordThen(store, resource, id, at);
  const recordId = subject.idOf(row);
  const actual = subject.actual(row, joined);
  const missing = unread(actual, {}, true);
  const why =
    (row['absentSince'] ?? null) !== null
      ? 'is absent'
      : missing.length > 0
        ? `was never read: its ${missing.join(', ')}`
        : undefined;
  if (why !== undefined)
    throw new HoldfastError(
      'ACTUAL_UNKNOWN',
      `${resource.name} ${recordId} ${why}, so what it is is not known`,
    );
  const properties = baseline(subject, actual);
  return setDesired(store, resource, recordId, { properties, whole, by, ...(ignore && { ignore }) });
}

/**
 * Only what people have set; see `Resource.drift.desired` for what records say of themselves.
 * @throws RECORD_NOT_FOUND when it can be no id of this resource
 */
export async function getDesired(
  repositories: Repositories,
  resource: Resource,
  id: string,
): Promise<DesiredState | undefined> {
  const row = await repositories.repository(desired).get({ resource: resource.name, recordId: id });
  if (row === undefined) {
    parseRecordId(resource, id);
    return undefined;
  }
  const { recordId, properties, whole, ignore, setBy, createdAt, updatedAt } = row;
  return {
    ...{ resource: resource.name, id: recordId, properties, whole, setBy, createdAt, updatedAt },
    ignore: ignore ?? [],
  };
}

/** Wants nothing more of a record; its open differences are over. @returns false when nothing was wanted */
export const clearDesired = (
  store: Store,
  resource: Resource,
  id: string,
  at: Instant = now(),
): Promise<boolean> =>
  store.transaction(async (transaction) => {
    const key = { resource: resource.name, recordId: id };
    const cleared = await transaction.repository(desired).delete(key);
    if (cleared)
      await transaction
        .repository(driftItems)
        .updateMany({ ...key, state: { ne: 'resolved' } }, { state: 'resolved', resolvedAt: at });
    return cleared;
  });

/** The source of a record, where it has one. */
export function sourceOf(row: Readonly<Record<string, unknown>>): string | null {
  const source = own(row, 'source');
  return typeof source === 'string' ? source : null;
}
