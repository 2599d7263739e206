// One record by its id, with what belongs to it.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import { recordAsOf } from '../history/as-of.ts';
import { parseRecordId, type Resource } from '../schema/domain.ts';
import { formatInstant, type Instant } from '../schema/instant.ts';
import type { AnyTable, Key } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { type JoinedRow, withJoined } from './records.ts';

/** Without an incarnation in its id, the newest. @throws RECORD_NOT_FOUND */
export async function findRecord(
  repositories: Repositories,
  resource: Resource,
  id: string,
): Promise<JoinedRow> {
  const where = parseRecordId(resource, id);
  const { incarnation } = resource;
  const { items } = await repositories.repository(resource.table).list({
    where,
    orderBy: incarnation === undefined ? [] : [[incarnation, 'desc']],
    limit: 1,
  });
  if (items[0] === undefined)
    throw new HoldfastError('RECORD_NOT_FOUND', `there is no ${resource.name} ${id}`, {
      hint: `holdfast list ${resource.name}`,
    });
  const [row] = await withJoined(repositories, resource, [items[0]]);
  return row!;
}

/**
 * The record as it was at an instant, and what belonged to it.
 * @throws RECORD_NOT_FOUND for one that is there no more, ACTUAL_UNKNOWN where it was not there then, MOMENT_INVALID
 */
export async function recordThen(
  store: Store,
  resource: Resource,
  id: string,
  at: Instant,
): Promise<JoinedRow> {
  const { table, drift } = resource;
  const { row: today } = await findRecord(store, resource, id);
  const key = Object.fromEntries(
    table.key.map((property: string) => [property, today[property]]),
  ) as Key<AnyTable>;
  const row = await recordAsOf(store, table, key, at);
  if (row === undefined)
    throw new HoldfastError('ACTUAL_UNKNOWN', `there was no ${resource.name} ${id} at ${formatInstant(at)}`);
  const joined = await Promise.all(
    Object.entries(drift?.joined ?? {}).map(
      async ([name, other]) => [name, await recordAsOf(store, other, key, at)] as const,
    ),
  );
  return { row, joined: Object.fromEntries(joined) };
}

/** The same, undefined where there is none, also where it can be no id. */
export async function findRecordIfAny(
  repositories: Repositories,
  resource: Resource,
  id: string,
): Promise<JoinedRow | undefined> {
  try {
    return await findRecord(repositories, resource, id);
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'RECORD_NOT_FOUND') return undefined;
    throw error;
  }
}
