// What compaction asks of the two tables: which polls wait, which chunks belong together, which are due.

import type { Kysely } from 'kysely';
import { kyselyPackage } from '../../engine/kysely-package.ts';
import type { Instant } from '../../schema/instant.ts';
import type { DatabaseOf } from '../../store/database-types.ts';
import type { Store } from '../../store/open-store.ts';
import type { samples, series } from '../../system/tables.ts';
import { mostRows, type SeriesOwner } from './chunks.ts';
import type { Tier } from './tiers.ts';

const queries = (store: Store) =>
  store.kysely as unknown as Kysely<DatabaseOf<typeof samples | typeof series>>;

/** Polls that may be taken up together. */
export interface PollGroup {
  readonly tableName: string;
  readonly source: string;
  readonly part: number;
}

/** Groups of polls of which there are enough, or one from before an instant. */
export async function duePolls(store: Store, enough: number, before: Instant): Promise<PollGroup[]> {
  const groups = queries(store)
    .selectFrom('holdfast_samples')
    .select(['table_name', 'source', 'part'])
    .groupBy(['table_name', 'source', 'part']);
  const rows = [
    ...(await groups.having(({ fn }) => fn.countAll(), '>=', enough).execute()),
    ...(await groups.where('at', '<', before).execute()),
  ];
  const due = rows.map(({ table_name: tableName, source, part }) => ({ tableName, source, part }));
  return [...new Map(due.map((group) => [JSON.stringify(Object.values(group)), group])).values()];
}

/** The chunks of one record in one window of a tier. */
export interface ChunkGroup extends SeriesOwner {
  readonly windowStart: Instant;
}

/** Windows of a tier that began by an instant; a record's windows stand together. */
export async function groupsUpTo(
  store: Store,
  tier: Tier,
  upTo: Instant,
  {
    scattered = false,
  }: { /** Only those whose samples lie in more chunks than they need. */ scattered?: boolean } = {},
): Promise<ChunkGroup[]> {
  const { sql } = kyselyPackage();
  const columns = ['table_name', 'record', 'source', 'window_start'] as const;
  const groups = queries(store)
    .selectFrom('holdfast_series')
    .select(columns)
    .where('tier', '=', tier)
    .where('window_start', '<=', upTo)
    .groupBy(columns)
    .orderBy('table_name')
    .orderBy('record')
    .orderBy('source')
    .orderBy('window_start');
  const more = sql<boolean>`(count(*) - 1) * ${sql.lit(mostRows)} >= sum(samples)`;
  const rows = await (scattered ? groups.having(more) : groups).execute();
  return rows.map(({ table_name: tableName, record, source, window_start: windowStart }) => ({
    tableName,
    record,
    source,
    windowStart,
  }));
}
