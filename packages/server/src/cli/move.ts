// holdfast move: the living database to another engine, and back.

import { resolve } from 'node:path';
import { HoldfastError } from '@holdfast/core';
import { locationOf, moveDraft, reopen } from '@holdfast/core/move';
import { applyPlan, giveConsent, makePlan } from '@holdfast/core/plan';
import type { Command } from 'commander';
import { type MoveAnswer, moveJson } from '../shapes/move.ts';
import { settleBack } from './database-file.ts';
import { domains } from './domains.ts';
import { type Invocation, ownDatabase } from './invocation.ts';
import { moveFrom } from './move-plan.ts';
import { paint, printable, printText, renderTable } from './output.ts';
import { planText } from './plan-text.ts';
import { withProgress } from './row-progress.ts';

interface Flags {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly lossy: string;
  readonly freeze: string;
  readonly reopen?: boolean;
}

const policies = ['refuse', 'nearest'] as const;

export function register(command: Command, invocation: Invocation): void {
  command
    .option('--to <url>', 'a new or empty database: sqlite:PATH, postgres://… or mysql://…')
    .option('--dry-run', 'read and count everything, write nothing')
    .option('--lossy <policy>', 'refuse, or nearest: values that the engine cannot keep', 'refuse')
    .option('--freeze <milliseconds>', 'longest time that writers may have to wait', '2000')
    .option('--reopen', 'use a database again that has moved away, as it was then')
    .action((flags: Flags) => (flags.reopen ? goBack(invocation) : move(invocation, flags)));
}

async function move(invocation: Invocation, { to, dryRun = false, ...flags }: Flags): Promise<void> {
  if (to === undefined)
    throw new HoldfastError('USAGE', 'move takes --to URL, or --reopen', {
      hint: 'holdfast move --to postgres://holdfast@localhost/holdfast --dry-run',
    });
  const lossy = policies.find((policy) => policy === flags.lossy);
  if (lossy === undefined) throw new HoldfastError('USAGE', `--lossy takes ${policies.join(', ')}`);
  const freezeMs = Number(flags.freeze);
  if (!Number.isInteger(freezeMs) || freezeMs < 100 || freezeMs > 60_000)
    throw new HoldfastError('USAGE', '--freeze takes milliseconds, 100 to 60000');
  const open = { create: false };
  const place = invocation.place(open);
  const startedAt = performance.now();
  const url = absolute(to);
  await using store = await invocation.open(open);
  const plan = makePlan(await moveDraft(store, { to: await locationOf(url), lossy }));
  const by = { name: invocation.user, via: 'cli' };
  const report = await withProgress(invocation.json, async (onProgress) => {
    const kind = moveFrom(place, { url, lossy, freezeMs, by, onProgress });
    const shared = { store, kind, plan, actor: by, intents: place.intents, signal: invocation.signal };
    try {
      if (!dryRun) {
        if (!invocation.json) printText(planText(plan));
        await invocation.consent(`${plan.title}.`);
      }
      const consent = giveConsent(plan, { by: by.name, via: 'cli' });
      await applyPlan({ ...shared, dryRun, consent });
      return kind.report;
    } finally {
      await kind.close();
      await kind.successor?.()?.close();
    }
  });
  const result = moveJson(report, plan.subject, { dryRun, startedAt });
  invocation.print(result, () => text(result, invocation.database !== undefined));
}

/** Relative paths mean another file to whoever starts elsewhere. */
const absolute = (url: string): string =>
  url.replace(/^(sqlite|file):(?!:memory:)([^/?][^?]*)/i, (_, scheme, path) => `${scheme}:${resolve(path)}`);

function text({ dryRun, tables, losses, warnings, ...result }: MoveAnswer, named: boolean): string {
  const { from, to, recordsRestored, freezeMs, durationMs, digest } = result;
  const filled = tables.filter(({ inserted, lossy }) => inserted > 0 || lossy > 0);
  return [
    renderTable(
      ['table', 'rows', 'lossy'],
      filled.map((each) => [each.table, String(each.inserted), String(each.lossy)]),
    ),
    ...losses.map(({ table, key, column, why }) =>
      printable(`  ${paint('yellow', 'lossy')} ${table}.${column} of ${key}: ${why}`),
    ),
    ...warnings.map((warning) => `${paint('yellow', 'note')} ${warning}`),
    ...(dryRun
      ? [paint('dim', `nothing was written: ${recordsRestored} rows would move`)]
      : [
          `${paint('green', 'moved')} ${recordsRestored} rows to ${printable(to)} in ${durationMs} ms; writers waited ${freezeMs} ms`,
          `  ${printable(from)} stays as it was, and takes no more writes`,
        ]),
    `  digest ${digest}`,
    ...(dryRun
      ? []
      : [
          named
            ? `Next: leave --database and DATABASE_URL out: the data folder knows the new place`
            : 'Next: holdfast status',
        ]),
  ].join('\n');
}

async function goBack(invocation: Invocation): Promise<void> {
  const { database } = invocation;
  const { folder } = invocation.place({ create: false });
  const url = database ?? ownDatabase(folder);
  await invocation.consent(
    `Use ${await locationOf(url)} again as it was when it moved: what was written since is only at the new place.`,
  );
  const reopened = await reopen(url, domains);
  if (reopened) await settleBack(folder, database);
  invocation.print({ reopened, database: await locationOf(url) }, () =>
    reopened
      ? `${paint('green', 'reopened')}: the data folder uses it again`
      : 'It has not moved: nothing to do',
  );
}
