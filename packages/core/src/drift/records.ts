// Records to compare, page by page: a resource's own, and those of which something is wanted.

import { parseRecordId, type Resource } from '../schema/domain.ts';
import type { Row } from '../schema/table.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { desired } from '../system/tables.ts';
import type { Stored } from './state.ts';
import type { Joined } from './subject.ts';

export type DesiredRow = Row<typeof desired>;

export interface JoinedRow {
  readonly row: Stored;
  readonly joined: Joined;
}

/** Records read at once: none of the statements becomes too long for any engine, nor memory too small. */
export const pageSize = 200;

/** Adds the records of tables with the same key. */
export async function withJoined(
  repositories: Repositories,
  { table, drift }: Resource,
  rows: readonly Stored[],
): Promise<JoinedRow[]> {
  const joined = Object.entries(drift?.joined ?? {});
  if (joined.length === 0 || rows.length === 0) return rows.map((row) => ({ row, joined: {} }));
  const keyOf = (row: Stored): string => JSON.stringify(table.key.map((name: string) => String(row[name])));
  const keys = rows.map((row) => Object.fromEntries(table.key.map((name: string) => [name, row[name]])));
  const byName = await Promise.all(
    joined.map(async ([name, other]) => {
      const { items } = await repositories
        .repository(other)
        .list({ where: { or: keys }, limit: keys.length });
      return [name, new Map((items as Stored[]).map((item) => [keyOf(item), item]))] as const;
    }),
  );
  return rows.map((row) => ({
    row,
    joined: Object.fromEntries(byName.map(([name, found]) => [name, found.get(keyOf(row))])),
  }));
}

/** All records of a resource, or of one source of it. */
export async function* pagesOf(
  store: Store,
  resource: Resource,
  source: string | undefined,
): AsyncGenerator<JoinedRow[]> {
  const where = source === undefined ? {} : { source };
  let after: string | null = null;
  do {
    const page: { items: Stored[]; next: string | null } = await store
      .repository(resource.table)
      .list({ where, limit: pageSize, after });
    yield await withJoined(store, resource, page.items);
    after = page.next;
  } while (after !== null);
}

/** What is wanted of records of a resource. */
export async function* wishesOf(
  store: Store,
  resource: string,
  source: string | undefined,
): AsyncGenerator<DesiredRow[]> {
  const where = source === undefined ? { resource } : { resource, source };
  let after: string | null = null;
  do {
    const page: { items: DesiredRow[]; next: string | null } = await store
      .repository(desired)
      .list({ where, limit: pageSize, after });
    yield page.items;
    after = page.next;
  } while (after !== null);
}

/** Records by their ids, at most a page of them; ids that can be none of this resource find nothing. */
export async function recordsById(
  repositories: Repositories,
  resource: Resource,
  ids: readonly string[],
  idOf: (row: Stored) => string,
): Promise<Map<string, JoinedRow>> {
  const keys = ids.flatMap((id): Record<string, unknown>[] => {
    try {
      const { incarnation } = resource;
      return [{ ...(incarnation === undefined ? {} : { [incarnation]: 1 }), ...parseRecordId(resource, id) }];
    } catch {
      return [];
    }
  });
  if (keys.length === 0) return new Map();
  const { items } = await repositories
    .repository(resource.table)
    .list({ where: { or: keys }, limit: keys.length });
  const rows = await withJoined(repositories, resource, items);
  return new Map(rows.map((each) => [idOf(each.row), each]));
}

/** What is wanted of these records, by their id. */
export async function wishesById(
  repositories: Repositories,
  resource: string,
  ids: readonly string[],
): Promise<Map<string, DesiredRow>> {
  if (ids.length === 0) return new Map();
  const { items } = await repositories
    .repository(desired)
    .list({ where: { resource, recordId: { in: ids } }, limit: ids.length });
  return new Map(items.map((wish) => [wish.recordId, wish]));
}
