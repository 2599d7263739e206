// holdfast restore --replace: everything that a store holds, put aside for what an archive has; and the way back. Of a
// database that is served, its server lets the two change places: nobody may have it open then.

import type { Store } from '@holdfast/core';
import {
  type ArchiveReader,
  buildReplacement,
  changePlaces,
  type RestoreResult,
  replaceStore,
} from '@holdfast/core/archive';
import type { Plan } from '@holdfast/core/plan';
import { planByArchive, planByKept, type ReplaceSubject, replaceTold } from '../backups/replace-plan.ts';
import { type Built, handToServer } from './hand-to-server.ts';
import type { Invocation, OpenOptions } from './invocation.ts';
import { printText } from './output.ts';
import { planText } from './plan-text.ts';
import { replaceText } from './replace-text.ts';
import { requireNoServer } from './require-no-server.ts';
import { withProgress } from './row-progress.ts';

export interface ReplaceFlags {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly lossy: 'refuse' | 'nearest';
}

export function replaceBy(
  invocation: Invocation,
  chain: readonly ArchiveReader[],
  { to, dryRun = false, lossy }: ReplaceFlags,
): Promise<void> {
  const { header } = chain.at(-1)!;
  const open = { create: false, url: to };
  const { keyFile } = invocation.place(open);
  const { signal } = invocation;
  const given = { keyFile, lossy, signal, by: { name: invocation.user, via: 'cli' } };
  const of = { archive: header.id, at: header.createdAt };
  return replace(invocation, open, dryRun, {
    plan: (store) => planByArchive(store, chain, lossy),
    now: async (store) => ({
      ...(await withProgress(invocation.json, (onProgress) =>
        replaceStore(store, chain, { ...given, dryRun, onProgress }),
      )),
      ...of,
    }),
    build: async (store) => {
      const {
        name,
        remove: _,
        ...result
      } = await withProgress(invocation.json, (onProgress) =>
        buildReplacement(store, chain, { ...given, onProgress }),
      );
      return { ...result, ...of, built: name };
    },
  });
}

/** Puts back what a replacement has kept. */
export function replaceByKept(
  invocation: Invocation,
  kept: string,
  { to, dryRun = false }: Pick<ReplaceFlags, 'to' | 'dryRun'>,
): Promise<void> {
  const answer = { success: true as const, dryRun, tables: [], recordsRestored: 0, errors: [], warnings: [] };
  return replace(invocation, { create: false, url: to }, dryRun, {
    plan: (store) => planByKept(store, kept),
    now: async (store) => ({ ...answer, kept: dryRun ? undefined : (await changePlaces(store, kept)).kept }),
    build: async () => ({ ...answer, built: kept }),
  });
}

interface Work {
  readonly plan: (store: Store) => Promise<Plan<ReplaceSubject>>;
  /** Done here, or only tried. */
  readonly now: (store: Store) => Promise<Partial<RestoreResult> & { readonly kept?: string | undefined }>;
  /** What is to be put in the place of the database by its server. */
  readonly build: (store: Store) => Promise<Built>;
}

async function replace(
  invocation: Invocation,
  open: OpenOptions,
  dryRun: boolean,
  work: Work,
): Promise<void> {
  const byServer = !dryRun && invocation.serves(open);
  const job = await invocation.withStore(open, async (store) => {
    if (!dryRun && !byServer) await requireNoServer(store, 'restore it on the page Backups of that server');
    const plan = await work.plan(store);
    if (!invocation.json) printText(planText(plan));
    if (!dryRun) await invocation.consent(`${plan.title}.`);
    if (byServer) return handToServer(invocation, store, plan, () => work.build(store));
    const result = await work.now(store);
    // Whoever opens it next finds nothing to bring to its end.
    if (!dryRun) await invocation.withStore(open, async () => {});
    const told = { ...result, plan: replaceTold(plan, result.kept) };
    invocation.print(told, () => replaceText(told));
    return undefined;
  });
  if (job !== undefined) invocation.handOver(job);
}
