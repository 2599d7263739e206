// holdfast drift runs|trends: what past runs found, and for how long each difference has stood.

import { HoldfastError, type Row, type Store } from '@holdfast/core';
import { resourcesOf } from '@holdfast/core/drift';
import { driftRuns } from '@holdfast/core/system';
import type { Command } from 'commander';
import { type DriftItemJson, driftRunJson } from '../shapes/drift.ts';
import { resources } from './domains.ts';
import {
  categoryOption,
  type ItemFlags,
  itemsPage,
  itemsWhere,
  severityOption,
  wordOf,
} from './drift-items.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable, renderTable } from './output.ts';

const states = ['open', 'acknowledged', 'resolved'] as const;

interface TrendFlags extends ItemFlags {
  readonly state?: string;
  readonly run?: string;
}

export function registerReports(command: Command, invocation: Invocation): void {
  command
    .command('runs')
    .description('past runs, newest first; one of them with its report')
    .argument('[id]')
    .option('--limit <number>', 'runs of one page, at most 10000', '50')
    .option('--after <cursor>', 'the `next` of the page before')
    .action((id: string | undefined, flags: { limit: string; after?: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        if (id !== undefined) {
          const run = await requireRun(store, id);
          return invocation.print({ ...driftRunJson(run), report: run.report }, () =>
            [
              paint('bold', run.id),
              JSON.stringify({ ...driftRunJson(run), report: run.report }, null, 2),
            ].join('\n'),
          );
        }
        const page = await store.repository(driftRuns).list({
          ...{ orderBy: [['startedAt', 'desc']], limit: Number(flags.limit), after: flags.after },
        });
        const items = page.items.map(driftRunJson);
        invocation.print({ items, next: page.next }, () => runsText(items, page.next));
      }),
    );

  command
    .command('trends')
    .description('differences from first to last, newest first')
    .argument('[resource]', 'as shelly.device, or a domain')
    .argument('[id]')
    .option('--state <state>', `${states.join(', ')} (default: all)`)
    .option('--run <id>', 'those that one run saw last')
    .option('--source <name>')
    .addOption(severityOption())
    .addOption(categoryOption())
    .option('--limit <number>', 'differences of one page, at most 10000', '100')
    .option('--after <cursor>', 'the `next` of the page before')
    .action((name: string | undefined, id: string | undefined, flags: TrendFlags) => {
      const named = name === undefined ? undefined : resourcesOf(resources, name).map((each) => each.name);
      const where = {
        ...itemsWhere(flags),
        ...(named === undefined ? {} : { resource: { in: named } }),
        ...(id === undefined ? {} : { recordId: id }),
        ...(flags.state === undefined ? {} : { state: wordOf(flags.state, states, '--state') }),
      };
      return invocation.withStore({ create: false }, async (store) => {
        const runId = flags.run === undefined ? {} : { runId: (await requireRun(store, flags.run)).id };
        const page = await itemsPage(store, { ...where, ...runId }, flags);
        invocation.print(page, () => trendsText(page.items, page.next));
      });
    });
}

async function requireRun(store: Store, id: string): Promise<Row<typeof driftRuns>> {
  const known = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  const run = known ? await store.repository(driftRuns).get({ id }) : undefined;
  if (run !== undefined) return run;
  throw new HoldfastError('DRIFT_NOT_FOUND', `there is no drift run ${id}`, { hint: 'holdfast drift runs' });
}

function runsText(items: readonly ReturnType<typeof driftRunJson>[], next: string | null): string {
  if (items.length === 0) return 'No runs yet: holdfast drift';
  const table = renderTable(
    [
      'id',
      'started',
      'state',
      'about',
      'checked',
      'in sync',
      'drifted',
      'unknown',
      'critical',
      'warning',
      'info',
    ],
    items.map((run) => [
      ...[run.id, run.startedAt, run.state],
      [run.resource ?? 'everything', run.record, run.source].filter((part) => part !== null).join(' '),
      ...[run.checked, run.inSync, run.drifted, run.unknown, run.critical, run.warning, run.info].map(String),
    ]),
  );
  return `${table}${next === null ? '' : paint('dim', `\nmore: --after ${next}`)}`;
}

function trendsText(items: readonly DriftItemJson[], next: string | null): string {
  if (items.length === 0) return 'No differences';
  const table = renderTable(
    ['resource', 'id', 'path', 'severity', 'state', 'first seen', 'last seen', 'times'],
    items.map((item) => [
      ...[item.resource, item.id, printable(item.path), item.severity, item.state],
      ...[item.firstSeen, item.lastSeen, String(item.occurrences)],
    ]),
  );
  return `${table}${next === null ? '' : paint('dim', `\nmore: --after ${next}`)}`;
}
