// The history in the words of a table of snapshots: each change as the state it left, by resource, type and time.

import type { Resource } from '../schema/domain.ts';
import type { Instant } from '../schema/instant.ts';
import { jsonEncoder } from '../schema/to-json.ts';
import type { Store } from '../store/open-store.ts';
import type { Page } from '../store/repository.ts';
import { differences, type FieldChange } from './differences.ts';
import { type ChangeType, type HistoryItem, listHistory } from './list-history.ts';

/** One row of `state_snapshots`. */
export interface StateSnapshot {
  /** `vm:17`: unique, and growing with time for each type. */
  readonly id: string;
  readonly snapshotTime: Instant;
  /** The resource's noun, as `vm`. */
  readonly resourceType: string;
  readonly resourceId: string;
  /** The record as the change left it; of a deletion as it was before. */
  readonly resourceData: Readonly<Record<string, unknown>>;
  readonly changeType: ChangeType;
}

export interface SnapshotQuery {
  /** Resources of one domain; their nouns are the types. */
  readonly resources: readonly Resource[];
  readonly type?: string | undefined;
  /** Key of one record; with a type. */
  readonly key?: Readonly<Record<string, unknown>> | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly changeType?: ChangeType | undefined;
  /** @default 50 */
  readonly limit?: number;
  readonly after?: string | null | undefined;
}

const nounOf = ({ name }: Resource): string => name.slice(name.indexOf('.') + 1);
const ofType = ({ resources, type }: SnapshotQuery): readonly Resource[] =>
  type === undefined ? resources : resources.filter((resource) => nounOf(resource) === type);

/** Newest first. @throws as `listHistory` does */
export async function listSnapshots(store: Store, query: SnapshotQuery): Promise<Page<StateSnapshot>> {
  const { changeType, type: _type, ...rest } = query;
  const page = await listHistory(store, {
    ...rest,
    resources: ofType(query),
    change: changeType,
    whole: true,
  });
  return { items: page.items.map(toSnapshot), next: page.next };
}

function toSnapshot(item: HistoryItem): StateSnapshot {
  const { resource, id, at, change, before, after, seq } = item;
  return {
    id: `${nounOf(resource)}:${seq}`,
    snapshotTime: at,
    resourceType: nounOf(resource),
    resourceId: id,
    resourceData: jsonEncoder(resource.table)(after ?? before ?? {}),
    changeType: change,
  };
}

/** The state after the last change of a record; undefined where there never was one. */
export const latestSnapshot = async (
  store: Store,
  query: Pick<SnapshotQuery, 'resources' | 'type' | 'key'>,
): Promise<StateSnapshot | undefined> => (await listSnapshots(store, { ...query, limit: 1 })).items[0];

/** Fields in which a state, as a collector saw it, differs from the last one; all of them where there is none. */
export async function compareWithLatest(
  store: Store,
  query: Pick<SnapshotQuery, 'resources' | 'type' | 'key'>,
  state: Readonly<Record<string, unknown>>,
): Promise<FieldChange[]> {
  const [resource] = ofType(query);
  const { items } = await listHistory(store, {
    resources: [resource!],
    key: query.key,
    limit: 1,
    whole: true,
  });
  const last = items[0]?.after ?? {};
  const seen = Object.fromEntries(
    Object.entries(last).map(([property, value]) => [property, state[property] ?? value]),
  );
  return differences(resource!.table, last, { ...seen, ...state });
}

/** How many changes of each kind there were, by type. */
export async function changeStatistics(
  store: Store,
  query: SnapshotQuery,
): Promise<Readonly<Record<string, Readonly<Record<ChangeType, number>>>>> {
  const counts: Record<string, Record<ChangeType, number>> = {};
  let after = query.after;
  do {
    const { type: _type, changeType, ...rest } = query;
    const page = await listHistory(store, {
      ...rest,
      change: changeType,
      resources: ofType(query),
      limit: 1_000,
      after,
    });
    for (const { resource, change } of page.items) {
      counts[nounOf(resource)] ??= { created: 0, updated: 0, deleted: 0, discovered: 0 };
      counts[nounOf(resource)]![change]++;
    }
    after = page.next;
  } while (after !== null);
  return counts;
}
