// What is asked of a cluster: guests by node and status, nodes by status, and what was done to a thing.

import type { ListOptions, Page, Repositories, Row } from '@holdfast/core';
import { containers, nodes, tasks, vms } from './tables.ts';

type PageOptions = Pick<ListOptions<typeof vms>, 'limit' | 'after'>;

export interface GuestFilter {
  readonly source?: string;
  readonly node?: string;
  readonly status?: Row<typeof vms>['status'];
  readonly template?: boolean;
}

/** One page of the VMs that are there. */
export const findVms = (
  repositories: Repositories,
  filter: GuestFilter,
  page: PageOptions = {},
): Promise<Page<Row<typeof vms>>> =>
  repositories.repository(vms).list({ where: { ...filter, absentSince: null }, ...page });

/** One page of the containers that are there. */
export const findContainers = (
  repositories: Repositories,
  filter: GuestFilter,
  page: PageOptions = {},
): Promise<Page<Row<typeof containers>>> =>
  repositories.repository(containers).list({ where: { ...filter, absentSince: null }, ...page });

/** The nodes that are there and have this status. */
export const nodesWithStatus = async (
  repositories: Repositories,
  status: Row<typeof nodes>['status'],
): Promise<Row<typeof nodes>[]> =>
  (await repositories.repository(nodes).list({ where: { status, absentSince: null }, limit: 10_000 })).items;

/** One page of what was done to a thing, the newest first. */
export const tasksOf = (
  repositories: Repositories,
  source: string,
  resourceType: NonNullable<Row<typeof tasks>['resourceType']>,
  resourceId: string,
  page: PageOptions = {},
): Promise<Page<Row<typeof tasks>>> =>
  repositories
    .repository(tasks)
    .list({ where: { source, resourceType, resourceId }, orderBy: [['startTime', 'desc']], ...page });
