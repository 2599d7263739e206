// holdfast status: sources with their last sweep, resources with their counts.

import { formatInstant, type Store } from '@holdfast/core';
import { lastSweeps, listSources } from '@holdfast/core/system';
import type { Command } from 'commander';
import { resources } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable, renderTable } from './output.ts';

export function register(command: Command, invocation: Invocation): void {
  command.action(() =>
    invocation.withStore({ create: false }, async (store) => {
      const status = { database: store.engine.location, ...(await readStatus(store)) };
      invocation.print(status, () => statusText(status));
    }),
  );
}

interface Status {
  readonly sources: {
    readonly source: string;
    readonly domain: string;
    readonly enabled: boolean;
    readonly lastRun: { readonly id: string; readonly startedAt: string; readonly outcome: string } | null;
    readonly incomplete: readonly {
      readonly scope: string;
      readonly code: string;
      readonly message: string;
    }[];
  }[];
  readonly resources: { readonly resource: string; readonly records: number; readonly absent: number }[];
}

async function readStatus(store: Store): Promise<Status> {
  const sweeps = await lastSweeps(store);
  const sources = (await listSources(store)).map(({ name, domain, enabled }) => {
    const last = sweeps.get(name);
    return {
      source: name,
      domain,
      enabled,
      lastRun: last === undefined ? null : { ...last.run, startedAt: formatInstant(last.run.startedAt) },
      incomplete: last?.incomplete ?? [],
    };
  });
  const counts = await Promise.all(
    resources.map(async ({ name, table }) => {
      const repository = store.repository(table);
      const absent =
        'absentSince' in table.columns ? await repository.count({ absentSince: { isNull: false } }) : 0;
      return { resource: name, records: await repository.count(), absent };
    }),
  );
  return { sources, resources: counts };
}

function statusText(status: Status & { readonly database: string }): string {
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
  return [paint('dim', status.database), sources, ...incomplete, '', records].join('\n');
}
