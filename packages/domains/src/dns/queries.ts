// What is asked of DNS records: by name, by owner, orphaned since when; and the orphan's clock.

import type { Instant, Key, ListOptions, Page, Repositories, Row } from '@holdfast/core';
import { dnsRecords, dnsTrackedRecords } from './tables.ts';

export type DnsRecord = Row<typeof dnsRecords>;
export type TrackedRecord = Row<typeof dnsTrackedRecords>;
/** Source, zone and the provider's id: the same for a record and for what is known of it. */
export type DnsRecordKey = Key<typeof dnsRecords>;
type PageOptions = Pick<ListOptions<typeof dnsTrackedRecords>, 'limit' | 'after'>;

/** A name as it is stored: lower case, without the last dot. */
export const dnsName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** The records of a name in every account and zone, those that are gone left out. */
export const recordsNamed = async (
  repositories: Repositories,
  name: string,
  type?: string,
): Promise<DnsRecord[]> =>
  (
    await repositories.repository(dnsRecords).list({
      where: { name: dnsName(name), ...(type === undefined ? {} : { type }), absentSince: null },
      limit: 10_000,
    })
  ).items;

/** Whether we know of a record, and what. */
export const trackedRecord = (
  repositories: Repositories,
  { source, zone, recordId }: DnsRecordKey,
): Promise<TrackedRecord | undefined> =>
  repositories.repository(dnsTrackedRecords).get({ source, zone, recordId });

/** One page of the records that are ours to change. */
export const ownRecords = (
  repositories: Repositories,
  source: string,
  page: PageOptions = {},
): Promise<Page<TrackedRecord>> =>
  repositories
    .repository(dnsTrackedRecords)
    .list({ where: { source, ownership: { in: ['owned', 'adopted'] } }, ...page });

export interface OrphanOptions extends PageOptions {
  /** Only those whose grace time is over: orphaned at or before this instant. */
  readonly until?: Instant;
}

/** One page of orphaned records, the longest orphaned first. */
export const orphanedRecords = (
  repositories: Repositories,
  source: string,
  { until, ...page }: OrphanOptions = {},
): Promise<Page<TrackedRecord>> =>
  repositories.repository(dnsTrackedRecords).list({
    where: { source, orphanedAt: until === undefined ? { isNull: false } : { lte: until } },
    orderBy: [['orphanedAt']],
    ...page,
  });

/** Starts the clock of an orphan. One that runs already goes on. @returns false when nothing was changed */
export const markOrphaned = async (
  repositories: Repositories,
  { source, zone, recordId }: DnsRecordKey,
  at: Instant,
): Promise<boolean> =>
  (await repositories
    .repository(dnsTrackedRecords)
    .updateMany({ source, zone, recordId, orphanedAt: null }, { orphanedAt: at })) > 0;

/** Something asks for the record again. @returns false when it was no orphan */
export const clearOrphaned = async (
  repositories: Repositories,
  { source, zone, recordId }: DnsRecordKey,
): Promise<boolean> =>
  (await repositories
    .repository(dnsTrackedRecords)
    .updateMany({ source, zone, recordId, orphanedAt: { isNull: false } }, { orphanedAt: null })) > 0;
