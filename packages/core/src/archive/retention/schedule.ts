// What kind of archive is due now, from those that exist. Nothing is remembered, so a missed turn is made up for at once.

import type { Instant } from '../../schema/instant.ts';
import type { DataClass } from '../../schema/spec.ts';
import { type ArchiveFacts, type ArchiveType, dataClasses, newestFirst } from './facts.ts';

/** Microseconds between two archives of a kind. Null: never. */
export interface BackupSchedule {
  /** Of everything. */
  readonly everything: number;
  /** A full archive of all but `informational`. */
  readonly full: number;
  /** By turns incremental and differential, of `critical` and `important`. */
  readonly partial: number | null;
  /** Of `critical`: what a loss may cost at most. */
  readonly segment: number | null;
}

const minute = 60_000_000;
const day = 1_440 * minute;

export const defaultSchedule: BackupSchedule = {
  everything: 30 * day,
  full: 7 * day,
  partial: day,
  segment: minute,
};

export interface Due {
  readonly type: ArchiveType;
  readonly dataClasses: readonly DataClass[];
  /** Archive to continue; null for a full one. */
  readonly baseId: string | null;
  /** In words. */
  readonly reason: string;
}

export interface DueOptions {
  readonly schedule?: BackupSchedule;
  readonly now: Instant;
  /** Of the living database: archives of others are no base. */
  readonly timeline: string;
}

/**
 * The largest kind that is due, or undefined. Archives that lie more than a minute in the future were written under another
 * clock: they do not put off what is due, and nothing continues them.
 */
export function due(archives: readonly ArchiveFacts[], options: DueOptions): Due | undefined {
  const { schedule = defaultSchedule, now, timeline } = options;
  const own = archives
    .filter((archive) => archive.timeline === timeline && archive.at <= now + minute)
    .sort(newestFirst);
  const older = (archive: ArchiveFacts, period: number) => now - archive.at >= period;
  const fulls = own.filter(({ type }) => type === 'full');
  const full = fulls[0];
  if (full === undefined) return whole(dataClasses, 'there is no full archive of this timeline');
  const everything = fulls.find((archive) => dataClasses.every((each) => archive.dataClasses.includes(each)));
  if (everything === undefined || older(everything, schedule.everything))
    return whole(dataClasses, 'the newest archive of everything is too old');
  if (older(full, schedule.full)) {
    // The next one would be too late for what is in few of them.
    const all = older(everything, schedule.everything - schedule.full + 1);
    return whole(all ? dataClasses : dataClasses.slice(0, 3), 'the newest full archive is too old');
  }
  const points = own.filter(({ type }) => type !== 'segment');
  const point = points[0]!;
  if (schedule.partial !== null && older(point, schedule.partial)) {
    const differential = points.find(({ type }) => type !== 'full')?.type === 'incremental';
    return {
      type: differential ? 'differential' : 'incremental',
      dataClasses: dataClasses.slice(0, 2),
      baseId: differential ? full.id : point.id,
      reason: `the last ${point.type} archive is too old`,
    };
  }
  const newest = own.find((archive) => archive.dataClasses.includes('critical'))!;
  if (schedule.segment === null || !older(newest, schedule.segment)) return undefined;
  return {
    type: 'segment',
    dataClasses: dataClasses.slice(0, 1),
    baseId: newest.id,
    reason: 'critical changes are not in an archive yet',
  };
}

const whole = (classes: readonly DataClass[], reason: string): Due => ({
  type: 'full',
  dataClasses: classes,
  baseId: null,
  reason,
});
