// holdfast db ping|stats|check|repair|seed|reset: the database itself.

import { type EngineStats, HoldfastError, resetStore } from '@holdfast/core';
import { repairCapture } from '@holdfast/core/history';
import type { Command } from 'commander';
import { report } from './doctor.ts';
import { domains } from './domains.ts';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { renderTable } from './output.ts';
import { describeProgress, progressLine } from './progress.ts';
import { requireNoServer } from './require-no-server.ts';

export function register(command: Command, invocation: Invocation): void {
  const open = { create: false };

  command
    .command('ping')
    .description('does the database answer')
    .action(() =>
      invocation.withStore(open, async ({ engine }) => {
        const startedAt = performance.now();
        const { version } = await engine.stats();
        const latencyMs = Number((performance.now() - startedAt).toFixed(2));
        const answer = { ok: true, engine: engine.name, version, location: engine.location, latencyMs };
        invocation.print(
          answer,
          () => `${engine.name} ${version} at ${engine.location} answers in ${latencyMs} ms`,
        );
      }),
    );

  command
    .command('stats')
    .description('sizes, settings in force, rows by table')
    .action(() =>
      invocation.withStore({ ...open, watched: true }, async (store) => {
        const stats = await store.stats();
        invocation.print(stats, () =>
          [
            `${stats.engine} ${stats.version}, ${bytes(stats.sizeBytes)}, ${connectionText(stats.connections)}`,
            renderTable(
              ['setting', 'value'],
              Object.entries(stats.settings).map(([name, value]) => [name, String(value)]),
            ),
            '',
            renderTable(
              ['table', 'rows'],
              stats.tables.map(({ table, rows }) => [table, String(rows)]),
            ),
            '',
            renderTable(
              ['ms', 'slowest queries of this command'],
              (stats.queries?.slowest ?? [])
                .slice(0, 5)
                .map(({ sql, durationMs }) => [String(durationMs), sql]),
            ),
          ].join('\n'),
        );
      }),
    );

  command
    .command('check')
    .description('is the data sound: pages, references, values')
    .addHelpText('after', '\nExit status: 0 when it is, 5 when it is not.')
    .action(() =>
      invocation.withStore(open, async (store) =>
        report(invocation, await store.check(), 'The data is sound'),
      ),
    );

  command
    .command('repair')
    .description('make broken triggers anew, so that every change is captured again')
    .action(() =>
      invocation.withStore(open, async (store) => {
        const mended = await repairCapture(store);
        invocation.print({ mended }, () =>
          mended.length === 0
            ? 'Nothing to mend: every change is captured'
            : mended.map(({ table, what }) => `mended ${table}: ${what}`).join('\n'),
        );
      }),
    );

  registerSeed(command.command('seed'), invocation);

  command
    .command('reset')
    .description('delete every record and source, and make the tables anew')
    .action(() =>
      invocation.withStore(open, async (store) => {
        await requireNoServer(store);
        const { tables } = await store.stats();
        const rows = tables.reduce((sum, table) => sum + table.rows, 0);
        await invocation.consent(`This deletes everything in ${store.engine.location}: ${rows} rows.`);
        await resetStore(store);
        invocation.print(
          { reset: true, rowsDeleted: rows },
          () => `Deleted ${rows} rows; the database is as new`,
        );
      }),
    );
}

function connectionText({ open, idle, server }: EngineStats['connections']): string {
  const all = server === undefined ? '' : `, ${server} on the server`;
  return `${open} connections (${idle} idle${all})`;
}

function registerSeed(command: Command, invocation: Invocation): void {
  command
    .description('fill with made-up records, the same for the same seed')
    .option('--size <number>', 'main records of each domain to make', '100')
    .option('--seed <number>', 'start of the random sequence', '1')
    .action((flags: { size: string; seed: string }) => {
      const size = wholeNumber('--size', flags.size, 10_000_000);
      const seed = wholeNumber('--seed', flags.seed, 2 ** 31 - 1);
      return invocation.withStore({ create: true }, async (store) => {
        const line = progressLine(invocation.json);
        const startedAt = performance.now();
        const results: Record<string, number> = {};
        for (const { name, seed: fill } of domains) {
          results[name] =
            (await fill?.(store, {
              size,
              seed,
              signal: invocation.signal,
              onProgress: (done, total) =>
                line.update(describeProgress(`${name}: rows`, done, total, startedAt)),
            })) ?? 0;
        }
        line.clear();
        const rows = Object.values(results).reduce((sum, count) => sum + count, 0);
        invocation.print(
          { rows, domains: results },
          () => `Stored ${rows} rows, each domain under its source "seed-DOMAIN"`,
        );
      });
    });
}

function wholeNumber(flag: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new HoldfastError('SETTING_INVALID', `${flag} is ${JSON.stringify(text)}: it takes 1 to ${most}`);
}
