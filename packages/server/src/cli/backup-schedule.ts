// holdfast backup schedule set|list|remove: archives, test restores and pruning on a clock.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { HoldfastError, type Store } from '@holdfast/core';
import { readKeyFile } from '@holdfast/core/archive';
import { checkSchedule, type ScheduleSettings } from '@holdfast/core/retention';
import type { Command } from 'commander';
import {
  backupScheduleJson,
  removeBackupSchedule,
  requireKept,
  setBackupSchedule,
  usualTimes,
} from '../backups/schedule.ts';
import { targetNames } from './backup-copy.ts';
import { duration } from './format.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';

interface SetFlags {
  readonly everything?: string;
  readonly full?: string;
  readonly partial?: string;
  readonly segment?: string;
  readonly target?: string;
  readonly plain?: boolean;
  readonly drill: string;
  readonly drillKeyFile?: string;
  readonly prune: string;
  readonly timeZone: string;
}

const units: Readonly<Record<string, number>> = { s: 1e6, m: 60e6, h: 3_600e6, d: 86_400e6 };
export function registerSchedule(command: Command, invocation: Invocation): void {
  const schedule = command.command('schedule').description('archives on a clock: set, list, remove');

  schedule
    .command('set')
    .description(
      'back up by schedule, as soon as something runs the jobs; what is not named is as by default',
    )
    .option('--everything <time>', 'between full archives of all data (default: 30d)')
    .option('--full <time>', 'between full archives (default: 7d)')
    .option('--partial <time>', 'incremental and differential by turns, or off (default: 1d)')
    .option('--segment <time>', 'what is critical: how much may be lost at most, or off (default: 60s)')
    .option('--target <names>', 'copies to these, by comma')
    .option('--plain', 'without a key, and without secrets')
    .option('--drill <cron>', 'test restores, or off', usualTimes.drill)
    .option(
      '--drill-key-file <path>',
      'a key on this machine for them; without one, only checksums are compared',
    )
    .option('--prune <cron>', 'what no rule of backup policy keeps, or off', usualTimes.prune)
    .option('--time-zone <zone>', 'of drill and prune', usualTimes.timeZone)
    .action((flags: SetFlags) =>
      invocation.withStore({ create: false }, async (store) => {
        const settings = await settingsOf(store, flags);
        await setBackupSchedule(store, settings, flags, { name: invocation.user, via: 'cli' });
        await print(store, invocation);
      }),
    );

  schedule
    .command('list')
    .description('what is backed up, proven and pruned, and when')
    .action(() => invocation.withStore({ create: false }, (store) => print(store, invocation)));

  schedule
    .command('remove')
    .description('back up nothing by schedule; archives, key and policy stay')
    .action(() =>
      invocation.withStore({ create: false }, async (store) => {
        const removed = await removeBackupSchedule(store, { name: invocation.user, via: 'cli' });
        invocation.print({ removed }, () =>
          removed.length === 0 ? 'There was no schedule' : `Removed ${removed.join(', ')}`,
        );
      }),
    );
}

async function settingsOf(store: Store, flags: SetFlags): Promise<ScheduleSettings> {
  const { plain = false, drillKeyFile } = flags;
  const targets = targetNames(flags.target);
  await requireKept(store, { targets, encrypted: !plain });
  if (drillKeyFile !== undefined) {
    if (!existsSync(drillKeyFile))
      throw new HoldfastError('ARCHIVE_KEY_MISSING', `the key file ${drillKeyFile} is not there`);
    await readKeyFile(drillKeyFile);
  }
  return checkSchedule({
    ...{ targets, encrypted: !plain },
    ...(flags.everything === undefined ? {} : { everything: timeOf('everything', flags.everything) }),
    ...(flags.full === undefined ? {} : { full: timeOf('full', flags.full) }),
    ...(flags.partial === undefined ? {} : { partial: timeOrOff('partial', flags.partial) }),
    ...(flags.segment === undefined ? {} : { segment: timeOrOff('segment', flags.segment) }),
    drillKeyFile: drillKeyFile === undefined ? null : resolve(drillKeyFile),
  });
}

const timeOrOff = (option: string, text: string): number | null =>
  text === 'off' ? null : timeOf(option, text);

/** Microseconds. */
function timeOf(option: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Number(count) * units[unit]!;
  throw new HoldfastError('USAGE', `--${option} is ${JSON.stringify(text)}: write it as 60s, 12h or 7d`);
}

async function print(store: Store, invocation: Invocation): Promise<void> {
  const all = await backupScheduleJson(store);
  const { settings: shown, items } = all;
  invocation.print(all, () => {
    if (shown === null) return 'No schedule yet: holdfast backup schedule set';
    const every = (time: number | null): string => (time === null ? 'never' : `every ${duration(time)}`);
    return [
      `full ${every(shown.fullSeconds)}, of everything ${every(shown.everythingSeconds)}, partial ${every(shown.partialSeconds)}, critical ${every(shown.segmentSeconds)}`,
      `key ${shown.keyId ?? 'none: secrets are left out'}; targets ${shown.targets.join(', ') || 'none'}`,
      renderTable(
        ['name', 'cron', 'zone', 'next run', 'last run'],
        items.map((each) => [
          ...[each.name, each.cron, each.timeZone, each.nextRunAt ?? '-', each.lastRunAt ?? 'never'],
        ]),
      ),
    ].join('\n');
  });
}
