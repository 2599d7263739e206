// holdfast backup prune: removes the archives that no rule keeps, shown first.

import { formatInstant } from '@holdfast/core';
import type { Command } from 'commander';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint, printText, renderTable } from './output.ts';
import { planText } from './plan-text.ts';
import { applyPrune, type PrunePlan, planPrune, pruneJson, sweepLeftovers } from './prune-archives.ts';

export function registerPrune(command: Command, invocation: Invocation): void {
  command
    .command('prune')
    .description('remove archives that no rule of backup policy keeps, here and on targets')
    .option('--dry-run', 'show what would go and why the rest stays, and remove nothing')
    .action((flags: { dryRun?: boolean }) =>
      invocation.withStore({ create: false }, async (store) => {
        const { intents, backups } = invocation.place({ create: false });
        const planned = await planPrune(store);
        const actor = { name: invocation.user, via: 'cli' };
        const shared = { actor, intents, signal: invocation.signal };
        // Gates first: nobody should agree to what is refused anyway.
        const tried = await applyPrune(store, planned, { ...shared, dryRun: true });
        const { plan } = planned;
        const none = plan.steps.length === 0;
        if (!invocation.json) printText(preview(planned));
        if (!flags.dryRun && !none)
          await invocation.consent(
            `${plan.title}: ${bytes(plan.estimate.bytes ?? 0)} cannot be brought back.`,
          );
        const result =
          flags.dryRun || none ? tried : await applyPrune(store, planned, { ...shared, dryRun: false });
        const leftovers = flags.dryRun
          ? { partial: [], uploads: [], unreachable: [] }
          : await sweepLeftovers(store, backups);
        const { steps, hazards, hash, title } = plan;
        const { removed, bytes: size, archives } = pruneJson(planned);
        const shown = {
          dryRun: result.dryRun || none,
          plan: { id: result.id, hash, title, steps, hazards },
          ...{ removed, bytes: size, effects: result.effects, leftovers, archives },
        };
        invocation.print(shown, () =>
          [
            flags.dryRun
              ? paint('dim', 'nothing was removed: it was only tried')
              : none
                ? 'Every archive is kept by some rule'
                : `${paint('green', 'removed')} ${removed} archives, ${bytes(shown.bytes)}`,
            ...(leftovers.partial.length + leftovers.uploads.length === 0
              ? []
              : [
                  `  and parts that nobody goes on with: ${[...leftovers.partial, ...leftovers.uploads].join(', ')}`,
                ]),
          ].join('\n'),
        );
      }),
    );
}

const preview = ({ plan, retained }: PrunePlan): string =>
  [
    planText(plan),
    ...(retained.length === 0
      ? []
      : [
          renderTable(
            ['archive', 'type', 'at', 'stays', 'why'],
            retained.map(({ archive, keep, reasons }) => [
              ...[archive.id, archive.type, formatInstant(archive.at), keep ? 'yes' : 'no'],
              reasons.join('; '),
            ]),
          ),
        ]),
  ].join('\n');
