// holdfast drift [RESOURCE] [ID]: compares what is stored with what is wanted, now.

import { exits, HoldfastError } from '@holdfast/core';
import { type DriftParams, type DriftReport, driftKind } from '@holdfast/core/drift';
import { runJob } from '@holdfast/core/job';
import { driftItems } from '@holdfast/core/system';
import type { Command } from 'commander';
import type { DriftItemJson } from '../shapes/drift.ts';
import { requireResource, resources } from './domains.ts';
import {
  categoryOption,
  type ItemFlags,
  itemsPage,
  itemsText,
  itemsWhere,
  severityOption,
} from './drift-items.ts';
import type { Invocation } from './invocation.ts';
import { jobFailure } from './job-failure.ts';
import { paint, printable } from './output.ts';
import { progressLine } from './progress.ts';

interface Flags extends Omit<ItemFlags, 'after'> {
  readonly maxAge?: string;
  readonly exitCode?: boolean;
}

interface Result {
  readonly run: { readonly id: string; readonly startedAt: string; readonly finishedAt: string };
  readonly report: DriftReport;
}

/** A word of its own, so that its options are not those of the other words. */
export function registerRun(command: Command, invocation: Invocation): void {
  command
    .command('run', { isDefault: true })
    .description('compare what is stored with what is wanted, now')
    .argument('[resource]', 'as shelly.device, or a domain; all of them without it')
    .argument('[id]', 'one record, as list gives it')
    .option('--source <name>', 'records of one source')
    .addOption(severityOption())
    .addOption(categoryOption())
    .option('--max-age <duration>', 'what no sweep has confirmed for longer is unknown: 30m, 12h, 7d')
    .option('--limit <number>', 'differences to print, at most 10000', '1000')
    .option('--exit-code', 'exit 5 where drift was found')
    .addHelpText('after', '\nNo system is asked: holdfast sync brings what is there, drift compares it.')
    .action((name: string | undefined, id: string | undefined, flags: Flags) => {
      if (id !== undefined) requireResource(name!);
      const where = itemsWhere(flags);
      const params: DriftParams = {
        ...{ resource: name, id, source: flags.source, by: invocation.user },
        ...(flags.maxAge === undefined ? {} : { maxAgeMs: durationMs(flags.maxAge) }),
      };
      return invocation.withStore({ create: false }, async (store) => {
        const line = progressLine(invocation.json);
        const { job, end } = await runJob(
          store,
          { kind: 'drift', params: { ...params }, requestedBy: invocation.user },
          {
            ...{ kinds: [driftKind(resources)], signal: invocation.signal },
            onProgress: ({ phase, done }) => line.update(printable(`${phase}: ${done ?? 0} records`)),
          },
        ).finally(() => line.clear());
        if (end.state !== 'done') throw jobFailure(job.id, end);
        const { run, report } = end.result as Result;
        const seen = { ...where, runId: run.id };
        const { items, next } = await itemsPage(store, seen, flags);
        if (flags.exitCode && (await store.repository(driftItems).count({ ...seen, state: 'open' })) > 0)
          invocation.outcome.exit = exits.integrity;
        invocation.print({ run, report, items, next }, () => runText(report, items, next, name, id));
      });
    });
}

const units: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3 };

function durationMs(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Number(count) * units[unit]!;
  throw new HoldfastError('USAGE', `--max-age is ${JSON.stringify(text)}: write it as 30m, 12h, 7d`);
}

function runText(
  report: DriftReport,
  items: readonly DriftItemJson[],
  next: string | null,
  name = 'RESOURCE',
  id = 'ID',
): string {
  const { checked, inSync, drifted, acknowledged, unknown, errored, unmanaged, health, risk } = report;
  if (checked === 0)
    return [
      `Nothing is wanted of ${id === 'ID' ? 'any record' : printable(`${name} ${id}`)} (${unmanaged} are there)`,
      `  holdfast drift set ${printable(name)} ${printable(id)} --from-actual`,
    ].join('\n');
  const counts: [string, number][] = [
    ['drifted', drifted],
    ['acknowledged', acknowledged],
    ['unknown', unknown],
    ['could not be compared', errored],
  ];
  const some = counts.flatMap(([word, count]) => (count === 0 ? [] : [`${count} ${word}`]));
  const reasons = Object.entries(report.reasons).map(([reason, count]) => `${count} ${printable(reason)}`);
  return [
    ...(items.length === 0 ? [] : [itemsText(items, next), '']),
    `${checked} compared: ${[`${inSync} in sync`, ...some].join(', ')}; nothing is wanted of ${unmanaged}`,
    ...(reasons.length === 0 ? [] : [`  ${reasons.join(', ')}`]),
    `health ${health}, risk ${risk}`,
    ...report.recommendations.map(({ text }) => paint('dim', printable(text))),
  ].join('\n');
}
