// Archives on a clock: what is due is found by their dates, the clock only says how often somebody looks.

import { HoldfastError, type Store } from '@holdfast/core';
import { listSchedules, putSchedule, removeSchedule } from '@holdfast/core/job';
import { type ScheduleSettings, scheduledKey, scheduleSetting } from '@holdfast/core/retention';
import { type Actor, clearSetting, getSetting, setSetting } from '@holdfast/core/system';
import { requireTarget } from '@holdfast/core/targets';
import { optionalInstant } from '../shapes/instants.ts';

/** Name of a schedule to the kind of job that it makes; none of another name is touched. */
const names = ['backup', 'backup-copy', 'backup-verify', 'backup-prune'] as const;

/** Spreads what is put off by a sleep, or set up alike on many machines. */
const jitterMs = 10 * 60_000;

export interface ScheduleTimes {
  /** Of test restores, as cron, or `off`. */
  readonly drill: string;
  /** The same of pruning. */
  readonly prune: string;
  /** Of both. */
  readonly timeZone: string;
}

/** When test restores and pruning are done, unless it is said otherwise. */
export const usualTimes: ScheduleTimes = { drill: '30 3 * * 0', prune: '15 4 * * *', timeZone: 'UTC' };

/** @throws TARGET_UNKNOWN, BACKUP_KEY_NONE */
export async function requireKept(
  store: Store,
  { targets, encrypted }: { readonly targets: readonly string[]; readonly encrypted: boolean },
): Promise<void> {
  for (const name of targets) await requireTarget(store, name);
  if (encrypted && (await scheduledKey(store)) === undefined)
    throw new HoldfastError(
      'BACKUP_KEY_NONE',
      'scheduled archives need a key that locks them, and none was made',
      {
        hint: 'holdfast backup key create --out FILE; or --plain, for archives without secrets that anybody can read',
      },
    );
}

/** @throws SETTING_INVALID */
export async function setBackupSchedule(
  store: Store,
  settings: ScheduleSettings,
  { drill, prune, timeZone }: ScheduleTimes,
  actor: Actor,
): Promise<void> {
  const cron = settings.segment === null ? '*/15 * * * *' : '* * * * *';
  // First, and together: a time that is none changes nothing.
  await store.transaction(async (transaction) => {
    for (const [name, own] of [
      ['backup', cron],
      ['backup-copy', settings.targets.length === 0 ? 'off' : cron],
      ['backup-verify', drill],
      ['backup-prune', prune],
    ] as const) {
      if (own === 'off') await removeSchedule(transaction, name);
      else
        await putSchedule(transaction, {
          name,
          kind: name,
          cron: own,
          ...(own === cron ? {} : { timeZone, jitterMs }),
        });
    }
  });
  await setSetting(store, scheduleSetting, settings, actor);
}

/** Archives, key and policy stay. @returns names of the schedules that were there */
export async function removeBackupSchedule(store: Store, actor: Actor): Promise<string[]> {
  const removed: string[] = [];
  for (const name of names) if (await removeSchedule(store, name)) removed.push(name);
  await clearSetting(store, scheduleSetting, actor);
  return removed;
}

/** The contract of `backup schedule --json`. */
export async function backupScheduleJson(store: Store) {
  const settings = await getSetting(store, scheduleSetting);
  const own = (await listSchedules(store)).filter(({ name }) => names.some((each) => each === name));
  const items = own.map(({ name, cron, timeZone, enabled, nextRunAt, lastRunAt, lastJobId }) => ({
    ...{ name, cron, timeZone, enabled },
    nextRunAt: optionalInstant(nextRunAt),
    lastRunAt: optionalInstant(lastRunAt),
    lastJob: lastJobId,
  }));
  const seconds = (time: number | null): number | null => (time === null ? null : time / 1e6);
  const shown =
    settings === null
      ? null
      : {
          everythingSeconds: seconds(settings.everything),
          fullSeconds: seconds(settings.full),
          partialSeconds: seconds(settings.partial),
          segmentSeconds: seconds(settings.segment),
          ...{
            targets: settings.targets,
            encrypted: settings.encrypted,
            drillKeyFile: settings.drillKeyFile,
          },
          keyId: settings.encrypted ? ((await scheduledKey(store))?.id ?? null) : null,
        };
  return { settings: shown, items, next: null };
}
