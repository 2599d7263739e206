// holdfast sync [SOURCE…]: reads the sources once and stores what changed.

import type { Store } from '@holdfast/core';
import { exits, formatInstant, HoldfastError } from '@holdfast/core';
import { type ScopeResult, type SweepResult, sweep } from '@holdfast/core/sync';
import { listSources, requireSource, type SourceRecord } from '@holdfast/core/system';
import type { Command } from 'commander';
import { collectors } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable } from './output.ts';
import { describeProgress, progressLine } from './progress.ts';

export function register(command: Command, invocation: Invocation): void {
  command
    .argument('[source...]', 'names of sources (default: all)')
    .addHelpText(
      'after',
      '\nExit status: 0 when every scope answered in full, 7 when some did not; the rest is stored.',
    )
    .action((names: string[]) =>
      invocation.withStore({ create: false }, async (store) => {
        const result = await runSweep(store, await chosen(store, names), invocation);
        if (!result.complete) invocation.outcome.exit = exits.partly;
        invocation.print(sweepJson(result), () => sweepText(result));
      }),
    );
}

/** @throws SOURCE_NOT_FOUND */
async function chosen(store: Store, names: readonly string[]): Promise<SourceRecord[]> {
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
): Promise<SweepResult> {
  const line = progressLine(invocation.json);
  const startedAt = performance.now();
  try {
    return await sweep(store, sources, collectors, {
      signal: invocation.signal,
      onProgress: ({ source, done, total }) =>
        line.update(describeProgress(`${source}: requests`, done, total, startedAt)),
      onScope: (source, { scope }) => line.update(`${source}: storing ${printable(scope)}`),
    });
  } finally {
    line.clear();
  }
}

/** The contract of `sync --json`. */
export const sweepJson = ({ run, sources }: SweepResult): Record<string, unknown> => ({
  run: { id: run.id, startedAt: formatInstant(run.startedAt), finishedAt: formatInstant(run.finishedAt) },
  sources,
});

function sweepText({ run, sources }: SweepResult): string {
  const seconds = ((run.finishedAt - run.startedAt) / 1_000_000).toFixed(1);
  const lines = sources.flatMap(({ source, scopes, created, changed, deleted, unchanged, gauges }) => [
    `${paint('bold', source)}: ${created} created, ${changed} changed, ${deleted} gone, ${unchanged} unchanged` +
      ` (${gauges} with new gauges)`,
    ...incompleteLines(scopes),
  ]);
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
