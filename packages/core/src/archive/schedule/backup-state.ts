// How far behind the living database its archives are, by how much a loss would cost.

import type { Finding } from '../../engine/engine.ts';
import { type Instant, now, parseInstant } from '../../schema/instant.ts';
import type { DataClass } from '../../schema/spec.ts';
import type { Store } from '../../store/open-store.ts';
import { getSetting } from '../../system/settings.ts';
import { archiveMarks, schedules } from '../../system/tables.ts';
import { currentTimeline } from '../backup/timeline.ts';
import { factsOf } from '../places/archive-facts.ts';
import { dataClasses } from '../retention/facts.ts';
import { type ScheduleSettings, scheduleSetting } from './backup-settings.ts';

export interface ClassState {
  readonly class: DataClass;
  /** The newest archive of this timeline that has it. */
  readonly newestAt: Instant | null;
  /** Milliseconds of changes that are in no archive; null where there is none. */
  readonly behindMs: number | null;
  /** When the newest archive that a test restore has proven was proven. */
  readonly provenAt: Instant | null;
  /** Milliseconds that it may be behind by the schedule; null without one. */
  readonly policyMs: number | null;
  /** Not later than the schedule allows; null without one. */
  readonly ok: boolean | null;
}

const minute = 60_000_000;

/** Microseconds between two archives that have the class. */
function periodOf(dataClass: DataClass, { everything, full, partial, segment }: ScheduleSettings): number {
  const daily = Math.min(partial ?? full, full);
  if (dataClass === 'critical') return Math.min(segment ?? daily, daily);
  if (dataClass === 'important') return daily;
  return dataClass === 'operational' ? full : everything;
}

/** One fact for each data class, the most precious first. */
export async function backupState(store: Store, at: Instant = now()): Promise<ClassState[]> {
  const timeline = await currentTimeline(store);
  const facts = (await factsOf(store)).filter((each) => each.timeline === timeline?.id);
  const settings = await getSetting(store, scheduleSetting);
  const { items: marks } = await store.repository(archiveMarks).list({ limit: 100 });
  const living = new Set(facts.map(({ id }) => id));
  const unchanged = Math.max(
    ...marks.filter(({ archiveId }) => living.has(archiveId)).map(({ unchangedUntil }) => unchangedUntil),
  );
  const schedule = await store.repository(schedules).get({ name: 'backup' });
  const begunAt = Math.max(schedule?.createdAt ?? 0, timeline === null ? 0 : parseInstant(timeline.since));
  return dataClasses.map((dataClass): ClassState => {
    const own = facts.filter((each) => each.dataClasses.includes(dataClass));
    const newestAt = own[0]?.at ?? null;
    const provenAt = own.reduce<number | null>(
      (last, each) =>
        each.proven && each.provenAt !== null && each.provenAt > (last ?? 0) ? each.provenAt : last,
      null,
    );
    // Nobody lost anything while nothing changed.
    const covered = newestAt === null || dataClass !== 'critical' ? newestAt : Math.max(newestAt, unchanged);
    const behindMs = covered === null ? null : Math.max(0, Math.round((at - covered) / 1000));
    const period = settings === null ? null : periodOf(dataClass, settings);
    // What was restored or set up a moment ago owes nothing yet.
    const counted = covered ?? begunAt;
    return {
      ...{ class: dataClass, newestAt, behindMs, provenAt },
      policyMs: period === null ? null : Math.round(period / 1000),
      // Late is who is behind by two turns, and a little for the work itself.
      ok: period === null ? null : at - counted <= 2 * period + 5 * minute,
    };
  });
}

/** Archives that are late by the schedule, and a schedule whose archives nobody has proven. None without a schedule. */
export async function backupFindings(store: Store, at: Instant = now()): Promise<Finding[]> {
  const settings = await getSetting(store, scheduleSetting);
  if (settings === null) return [];
  const state = await backupState(store, at);
  const late = state
    .filter(({ ok }) => ok === false)
    .map(
      ({ class: name, behindMs }): Finding => ({
        code: 'BACKUP_LATE',
        where: `backup of ${name}`,
        what: behindMs === null ? 'there is no archive yet' : `the newest archive is ${words(behindMs)} old`,
        fix: 'holdfast job run backup; holdfast job list --kind backup says what went wrong',
      }),
    );
  const last = Math.max(...state.map(({ provenAt }) => provenAt ?? 0));
  const has = state.some(({ newestAt }) => newestAt !== null);
  if (!has || at - last <= 5 * 7 * 1_440 * minute) return late;
  const unproven: Finding = {
    code: 'BACKUP_UNPROVEN',
    where: 'backup',
    what: last === 0 ? 'no archive was ever restored to prove it' : 'no archive was proven for five weeks',
    fix: 'holdfast backup verify ARCHIVE --key-file FILE',
    // Right after the first archive nobody can be late with it.
    advice: true,
  };
  return [...late, unproven];
}

const words = (ms: number): string =>
  ms >= 2 * 86_400_000
    ? `${Math.floor(ms / 86_400_000)} days`
    : ms >= 2 * 3_600_000
      ? `${Math.floor(ms / 3_600_000)} hours`
      : `${Math.floor(ms / 60_000)} minutes`;
