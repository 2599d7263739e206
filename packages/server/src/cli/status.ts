// holdfast status: sources with their last sweep, resources with their counts.

import type { Command } from 'commander';
import { type ClassStates, classStates } from '../shapes/backup-state.ts';
import { readStatus, type Status } from '../shapes/status.ts';
import { classesText } from './backup-status.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable, renderTable } from './output.ts';

export function register(command: Command, invocation: Invocation): void {
  command.action(() =>
    invocation.withStore({ create: false }, async (store) => {
      const status = {
        database: store.engine.location,
        ...(await readStatus(store)),
        backup: await classStates(store),
      };
      invocation.print(status, () => statusText(status));
    }),
  );
}

function statusText(status: Status & { readonly database: string; readonly backup: ClassStates }): string {
  const sources =
    status.sources.length === 0
      ? 'No sources yet: holdfast source add --help'
      : renderTable(
          ['source', 'domain', 'last sweep', 'outcome'],
          status.sources.map(({ source, domain, lastRun }) => [
            source,
            domain,
            lastRun?.startedAt ?? 'never',
            lastRun?.outcome ?? '-',
          ]),
        );
  const incomplete = status.sources.flatMap((each) =>
    each.incomplete.map(
      ({ scope, message }) =>
        `  ${paint('yellow', 'incomplete')} ${each.source} ${printable(scope)}: ${printable(message)}`,
    ),
  );
  const records = renderTable(
    ['resource', 'records', 'absent'],
    status.resources.map(({ resource, records: count, absent }) => [resource, String(count), String(absent)]),
  );
  const backup = status.backup.every(({ newestAt }) => newestAt === null)
    ? 'No backup yet: holdfast backup create'
    : classesText(status.backup);
  return [paint('dim', status.database), sources, ...incomplete, '', records, '', backup].join('\n');
}
