// holdfast sync [SOURCE…]: reads the sources once and stores what changed.

import type { Store } from '@holdfast/core';
import { exits, formatInstant, HoldfastError } from '@holdfast/core';
import { watchCapture } from '@holdfast/core/history';
import { consentToPlan, requirePlan } from '@holdfast/core/plan';
import { compactionDue, compactSeries } from '@holdfast/core/series';
import {
  type Acceptance,
  type AcceptedPlan,
  requireSweepPlan,
  type ScopeResult,
  type SweepResult,
  sweep,
} from '@holdfast/core/sync';
import { listSources, requireSource, type SourceRecord } from '@holdfast/core/system';
import type { Command } from 'commander';
import { collectors } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable } from './output.ts';
import { describeProgress, progressLine } from './progress.ts';

export function register(command: Command, invocation: Invocation): void {
  command
    .argument('[source...]', 'names of sources (default: all)')
    .option('--accept <plan>', 'read again, and write what was held back if it is still exactly that')
    .addHelpText(
      'after',
      '\nExit status: 0 when every scope answered in full, 7 when some did not, or when something was held back;' +
        ' the rest is stored.',
    )
    .action((names: string[], { accept }: { accept?: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        const accepted = accept === undefined ? undefined : await consentTo(store, accept, names, invocation);
        const sources =
          accepted === undefined
            ? await chosenSources(store, names)
            : [await requireSource(store, accepted.plan.subject.source)];
        const result = await runSweep(store, sources, invocation, accepted);
        if (!result.complete) invocation.outcome.exit = exits.partly;
        invocation.print(sweepJson(result), () => sweepText(result));
      }),
    );
}

/**
 * Naming a plan is the consent to it, and to nothing else: it is bound to the plan's hash.
 * @throws PLAN_NOT_FOUND, PLAN_KIND_UNKNOWN, PLAN_EXPIRED, PLAN_SETTLED, USAGE for a source that it is not about
 */
async function consentTo(
  store: Store,
  id: string,
  names: readonly string[],
  invocation: Invocation,
): Promise<AcceptedPlan> {
  const { intents } = invocation.place({ create: true });
  const plan = requireSweepPlan((await requirePlan(store, id)).plan);
  const { source } = plan.subject;
  if (names.some((name) => name !== source))
    throw new HoldfastError('USAGE', `the plan ${id} is about ${source}`, {
      hint: `holdfast sync --accept ${id}`,
    });
  const actor = { name: invocation.user, via: 'cli' };
  const consent = await consentToPlan(store, id, plan.hash, { by: actor.name, via: actor.via });
  return { id, plan, consent, actor, intents };
}

/** Those named, or all that are enabled. @throws SOURCE_NOT_FOUND */
export async function chosenSources(store: Store, names: readonly string[]): Promise<SourceRecord[]> {
  if (names.length > 0) return Promise.all([...new Set(names)].map((name) => requireSource(store, name)));
  const all = (await listSources(store)).filter((source) => source.enabled);
  if (all.length > 0) return all;
  throw new HoldfastError('SOURCE_NOT_FOUND', 'there is no source to read yet', {
    hint: "holdfast source add proxmox NAME --endpoint https://HOST:8006 --token 'USER@REALM!ID=SECRET'",
  });
}

/** A sweep with progress on the terminal. */
export async function runSweep(
  store: Store,
  sources: readonly SourceRecord[],
  invocation: Invocation,
  accept?: AcceptedPlan,
): Promise<SweepResult> {
  const line = progressLine(invocation.json);
  const startedAt = performance.now();
  await warnOfGaps(store);
  try {
    const result = await sweep(store, sources, collectors, {
      signal: invocation.signal,
      accept,
      onProgress: ({ source, done, total }) =>
        line.update(describeProgress(`${source}: requests`, done, total, startedAt)),
      onScope: (source, { scope }) => line.update(`${source}: storing ${printable(scope)}`),
    });
    if (await compactionDue(store)) await compactSeries(store, { signal: invocation.signal });
    return result;
  } finally {
    line.clear();
  }
}

/** What goes unseen should be noticed soon, not when somebody asks for it. */
async function warnOfGaps(store: Store): Promise<void> {
  const faults = await watchCapture(store);
  const tables = [...new Set(faults.map(({ table }) => table))];
  if (tables.length > 0)
    process.stderr.write(`changes of ${tables.join(', ')} may go unseen: holdfast doctor says why\n`);
}

/** The contract of `sync --json`. */
export const sweepJson = ({ run, sources }: SweepResult): Record<string, unknown> => ({
  run: { id: run.id, startedAt: formatInstant(run.startedAt), finishedAt: formatInstant(run.finishedAt) },
  sources,
});

function sweepText({ run, sources }: SweepResult): string {
  const seconds = ((run.finishedAt - run.startedAt) / 1_000_000).toFixed(1);
  const lines = sources.flatMap((result) => {
    const { source, scopes, created, changed, deleted, unchanged, gauges, accepted } = result;
    return [
      `${paint('bold', source)}: ${created} created, ${changed} changed, ${deleted} gone, ${unchanged} unchanged` +
        ` (${gauges} with new gauges)`,
      ...acceptedLines(accepted),
      ...incompleteLines(scopes),
      ...heldLines(scopes),
    ];
  });
  return [...lines, paint('dim', `run ${run.id}, ${seconds} s`)].join('\n');
}

/** Incomplete scopes, those with the same reason together. */
export function incompleteLines(scopes: readonly ScopeResult[]): string[] {
  const incomplete = scopes.filter((scope) => !scope.complete);
  const groups = Map.groupBy(incomplete, ({ error }) => `${error?.message}\n    ${error?.hint}`);
  return [...groups].map(
    ([reason, members]) =>
      `  ${paint('yellow', 'incomplete')} ${printable(members.map(({ scope }) => scope).join(', '))}\n` +
      `    ${reason
        .split('\n')
        .map((part) => printable(part))
        .join('\n  ')}`,
  );
}

const acceptedLines = (accepted: Acceptance | undefined): string[] => {
  if (accepted === undefined) return [];
  const { plan, applied, reason } = accepted;
  if (applied) return [`  ${paint('green', 'written')} what plan ${plan} held back`];
  const why = reason === 'changed' ? 'the plan changed; the new one is below' : reason;
  return [`  ${paint('yellow', 'not written')} plan ${plan}: ${why}`];
};

/** Records named in text; all of them stand in the plan. */
const mostNamed = 5;

/** What was held back, and of which records. */
const heldLines = (scopes: readonly ScopeResult[]): string[] =>
  scopes.flatMap(({ scope, heldBack }) =>
    (heldBack?.effects ?? []).map(({ table, change, count, ids }) => {
      const named = ids.slice(0, mostNamed).map((id) => printable(id));
      const more = count > named.length ? ` and ${count - named.length} more` : '';
      const what = change === 'deleted' ? 'absent' : 'changed';
      return `  ${paint('yellow', 'held back')} ${printable(scope)}: ${count} of ${table} ${what}: ${named.join(', ')}${more}`;
    }),
  );
