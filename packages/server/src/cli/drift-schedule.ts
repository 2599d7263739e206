// holdfast drift schedule add|list|remove: drift runs on a clock.

import { HoldfastError, type Store } from '@holdfast/core';
import { putDriftSchedule, resourcesOf } from '@holdfast/core/drift';
import { listSchedules, removeSchedule, requireSchedule } from '@holdfast/core/job';
import type { Command } from 'commander';
import { scheduleJson } from '../shapes/jobs.ts';
import { domains, resources } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';

interface AddFlags {
  readonly resource?: string;
  readonly source?: string;
  readonly timeZone: string;
}

export function registerSchedules(command: Command, invocation: Invocation): void {
  const schedule = command.command('schedule').description('drift runs on a clock: add, list, remove');
  const open = { create: false };

  schedule
    .command('add')
    .description('a new schedule, or another time for one')
    .argument('<name>', 'without a slash')
    .argument('<cron>', "five fields, as '0 3 * * *'")
    .option('--resource <name>', 'a resource or a domain (default: all)')
    .option('--source <name>', 'records of one source')
    .option('--time-zone <zone>', 'as Europe/Berlin', 'UTC')
    .action((name: string, cron: string, { resource, source, timeZone }: AddFlags) => {
      if (!/^[^/\s]{1,64}$/.test(name))
        throw new HoldfastError(
          'USAGE',
          `${JSON.stringify(name)} is no name of a schedule: no spaces, no slash`,
        );
      if (resource !== undefined) resourcesOf(resources, resource);
      return invocation.withStore(open, async (store) => {
        await refuseOthers(store, name);
        await putDriftSchedule(store, {
          ...{ name, cron, timeZone },
          params: {
            ...(resource === undefined ? {} : { resource }),
            ...(source === undefined ? {} : { source }),
          },
        });
        const made = scheduleJson(await requireSchedule(store, name));
        invocation.print(made, () => `${name} runs next at ${made.nextRunAt}`);
      });
    });

  schedule
    .command('list')
    .description('schedules of drift runs, those of domains included')
    .action(() =>
      invocation.withStore(open, async (store) => {
        for (const domain of domains) await domain.schedules?.(store);
        const items = (await listSchedules(store)).filter(({ kind }) => kind === 'drift').map(scheduleJson);
        invocation.print({ items, next: null }, () =>
          items.length === 0
            ? "No schedules yet: holdfast drift schedule add nightly '0 3 * * *'"
            : renderTable(
                ['name', 'cron', 'zone', 'enabled', 'next run', 'last run'],
                items.map((each) => [
                  ...[each.name, each.cron, each.timeZone, each.enabled ? 'yes' : 'no'],
                  ...[each.nextRunAt ?? '-', each.lastRunAt ?? 'never'],
                ]),
              ),
        );
      }),
    );

  schedule
    .command('remove')
    .argument('<name>')
    .action((name: string) =>
      invocation.withStore(open, async (store) => {
        await requireSchedule(store, name);
        await refuseOthers(store, name);
        await removeSchedule(store, name);
        invocation.print({ removed: name }, () => `Removed ${name}`);
      }),
    );
}

/** What belongs to another kind of work, or is declared in a domain's table, is not touched here. */
async function refuseOthers(store: Store, name: string): Promise<void> {
  const found = (await listSchedules(store)).find((each) => each.name === name);
  if (found === undefined || (found.kind === 'drift' && !name.includes('/'))) return;
  throw new HoldfastError(
    'CONFLICT',
    found.kind === 'drift'
      ? `${name} is declared in a table of its domain`
      : `${name} is a schedule of ${found.kind}`,
    { hint: found.kind === 'drift' ? 'Change or delete it there' : 'Choose another name' },
  );
}
