// holdfast restore --replace: everything that a store holds, put aside for what an archive has; and the way back.

import { type ArchiveReader, changePlaces, type ReplaceResult, replaceStore } from '@holdfast/core/archive';
import { planByArchive, planByKept, replaceTold } from '../backups/replace-plan.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable, printText, renderTable } from './output.ts';
import { planText } from './plan-text.ts';
import { notes } from './restore-text.ts';
import { withProgress } from './row-progress.ts';

export interface ReplaceFlags {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly lossy: 'refuse' | 'nearest';
}

export async function replaceBy(
  invocation: Invocation,
  chain: readonly ArchiveReader[],
  { to, dryRun = false, lossy }: ReplaceFlags,
): Promise<void> {
  const { header } = chain.at(-1)!;
  const open = { create: false, url: to };
  const { keyFile } = invocation.place(open);
  await invocation.withStore(open, async (store) => {
    const plan = await planByArchive(store, chain, lossy);
    if (!invocation.json) printText(planText(plan));
    if (!dryRun) await invocation.consent(`${plan.title}.`);
    const result = await withProgress(invocation.json, (onProgress) =>
      replaceStore(store, chain, {
        ...{ keyFile, lossy, dryRun, onProgress, signal: invocation.signal },
        by: { name: invocation.user, via: 'cli' },
      }),
    );
    // Whoever opens it next finds nothing to bring to its end.
    if (!dryRun) await invocation.withStore(open, async () => {});
    const told = { plan: replaceTold(plan, result.kept) };
    invocation.print({ ...result, archive: header.id, at: header.createdAt, ...told }, () =>
      text(result, told.plan.wayBack),
    );
  });
}

/** Puts back what a replacement has kept. */
export async function replaceByKept(
  invocation: Invocation,
  kept: string,
  { to, dryRun = false }: Pick<ReplaceFlags, 'to' | 'dryRun'>,
): Promise<void> {
  const open = { create: false, url: to };
  await invocation.withStore(open, async (store) => {
    const plan = await planByKept(store, kept);
    if (!invocation.json) printText(planText(plan));
    if (!dryRun) await invocation.consent(`${plan.title}.`);
    const now = dryRun ? undefined : await changePlaces(store, kept);
    if (!dryRun) await invocation.withStore(open, async () => {});
    const told = { kept: now?.kept, plan: replaceTold(plan, now?.kept) };
    const answer = { success: true, dryRun, tables: [], recordsRestored: 0, errors: [], warnings: [] };
    invocation.print({ ...answer, ...told }, () =>
      now === undefined
        ? paint('dim', 'nothing was changed')
        : [`${paint('green', 'put back')} ${printable(kept)}`, back(told.plan.wayBack)].join('\n'),
    );
  });
}

const back = (wayBack: string | null): string =>
  wayBack === null
    ? paint('dim', 'nothing was written')
    : `To take it back: ${printable(wayBack)}; remove what is kept when it is of no use any more`;

function text(result: ReplaceResult, wayBack: string | null): string {
  const { dryRun, tables, recordsRestored, digest, durationMs } = result;
  const filled = tables.filter(({ inserted, lossy }) => inserted > 0 || lossy > 0);
  return [
    renderTable(
      ['table', 'rows', 'lossy'],
      filled.map((each) => [each.table, String(each.inserted), String(each.lossy)]),
    ),
    ...notes(result),
    ...(dryRun
      ? []
      : [
          `${paint('green', 'replaced')} by ${recordsRestored} rows in ${durationMs} ms, every table equal to the archive`,
        ]),
    back(wayBack),
    `  digest ${digest}`,
    ...(dryRun ? [] : ['Next: holdfast doctor']),
  ].join('\n');
}
