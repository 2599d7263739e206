// What is asked of apps: by name, folder, type and status; how many there are of each; and the next free port.

import type { ListOptions, Page, Repositories, Row } from '@holdfast/core';
import { apps, appsPorts } from './tables.ts';

export type AppRecord = Row<typeof apps>;
export type AppStatus = AppRecord['status'];
export type AppType = AppRecord['type'];
type PageOptions = Pick<ListOptions<typeof apps>, 'limit' | 'after'>;

/** Names may be given twice, so there may be several. */
export const appsNamed = async (
  repositories: Repositories,
  source: string,
  name: string,
): Promise<AppRecord[]> =>
  (await repositories.repository(apps).list({ where: { source, name }, limit: 10_000 })).items;

/** The app in a folder: of several that were there one after the other, the one that is there now. */
export async function appAt(
  repositories: Repositories,
  source: string,
  path: string,
): Promise<AppRecord | undefined> {
  const where = { source, path, absentSince: null };
  return (await repositories.repository(apps).list({ where, limit: 1 })).items[0];
}

export interface AppFilter {
  readonly source?: string;
  readonly type?: AppType;
  readonly status?: AppStatus;
}

/** One page of the apps that are there. */
export const findApps = (
  repositories: Repositories,
  filter: AppFilter,
  page: PageOptions = {},
): Promise<Page<AppRecord>> =>
  repositories.repository(apps).list({ where: { ...filter, absentSince: null }, ...page });

export interface AppCounts {
  readonly total: number;
  readonly byStatus: Readonly<Record<AppStatus, number>>;
  readonly byType: Readonly<Record<AppType, number>>;
}

/** How many apps there are, absent ones left out. */
export async function countApps(repositories: Repositories, source: string): Promise<AppCounts> {
  const repository = repositories.repository(apps);
  const count = async <W extends string>(property: 'status' | 'type'): Promise<Record<W, number>> => {
    const words = apps.columns[property].options.values as readonly W[];
    const counts: [W, number][] = [];
    for (const word of words)
      counts.push([word, await repository.count({ source, absentSince: null, [property]: word })]);
    return Object.fromEntries(counts) as Record<W, number>;
  };
  return {
    total: await repository.count({ source, absentSince: null }),
    byStatus: await count<AppStatus>('status'),
    byType: await count<AppType>('type'),
  };
}

/** The lowest port of a range (both ends included) that is not given out; undefined when all are. */
export async function freePort(
  repositories: Repositories,
  source: string,
  range: { readonly start: number; readonly end: number },
): Promise<number | undefined> {
  let candidate = range.start;
  const taken = repositories.repository(appsPorts).stream({
    where: { source, port: { gte: range.start, lte: range.end }, status: { ne: 'released' } },
    orderBy: [['port']],
  });
  for await (const rows of taken)
    for (const { port } of rows) {
      if (port > candidate) return candidate;
      candidate = port + 1;
    }
  return candidate > range.end ? undefined : candidate;
}
