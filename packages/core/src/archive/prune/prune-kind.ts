// The kind of plan that removes archives: from the disk, from every target, and then from the register.

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isHoldfastError } from '../../errors.ts';
import { syncFolder } from '../../files/sync-folder.ts';
import type { Gate } from '../../plan/gate.ts';
import type { StepwiseKind } from '../../plan/kinds.ts';
import { now } from '../../schema/instant.ts';
import type { Store } from '../../store/open-store.ts';
import { archiveCopies, archives } from '../../system/tables.ts';
import { factsOf } from '../places/archive-facts.ts';
import { listCopies } from '../places/copies.ts';
import { openNamedTarget } from '../places/named-targets.ts';
import { wholeOnes } from '../retention/facts.ts';
import { type PrunedArchive, type PruneSubject, previewPrune, pruneKindName } from './prune-plan.ts';

/**
 * Each step removes an archive, or many segments: 1. copies on targets, 2. local files, 3. all of them from the register.
 * When 1 or 2 fails, the register still has them, and the next prune takes them up. Killed in a step, `recover` does it again
 * and goes on with the rest, up to what it cannot reach: that stays in the register. Archives are removed before what they go
 * back to, so that at no moment one is left whose chain is broken by the prune.
 */
export const pruneArchivesKind: StepwiseKind<PruneSubject> = {
  kind: pruneKindName,
  atomic: false,
  revise: async ({ subject }, { store }) => (await previewPrune(store, subject)).draft,
  gates: ({ subject }, { store }) =>
    targetsOf(subject.remove.flatMap(({ archives: all }) => all)).map(
      (target): Gate => ({
        name: `target ${target}`,
        async check() {
          await using place = await closing(store, target);
          await place.target.check();
          return { ok: true };
        },
      }),
    ),
  async step({ id }, { subject }, { store, dryRun }) {
    const { archives: all } = subject.remove.find(({ step }) => step === id)!;
    if (!dryRun) await removeAll(store, all);
    const copies = all.reduce((sum, each) => sum + each.copies.length, 0);
    return { archive: { delete: all.length }, copy: { delete: copies } };
  },
  async prove({ subject }, _done, { store }) {
    const left = await factsOf(store);
    const ids = new Set(left.map((each) => each.id));
    const removed = subject.remove.flatMap(({ archives: all }) => all);
    const still = removed.filter(({ id, path }) => ids.has(id) || existsSync(path));
    const whole = wholeOnes(left);
    const before = new Set(removed.map(({ id }) => id));
    const orphans = left.filter(({ id, baseId }) => !whole.has(id) && baseId !== null && before.has(baseId));
    return [
      ...still.map(({ id }) => `${id} is still there`),
      ...orphans.map(({ id, baseId }) => `${id} has lost ${baseId}, which it goes back to`),
    ];
  },
  async recover({ subject }, _done, { store }) {
    for (const { archives: all } of subject.remove) {
      try {
        await removeAll(store, all);
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        // A target that is away now is no reason to hold every command up: the next prune finds the rest in the register.
        // Nor to go on: what comes next is what this one may go back to.
        break;
      }
    }
    return 'after';
  },
};

const targetsOf = (all: readonly PrunedArchive[]): string[] => [
  ...new Set(all.flatMap(({ copies }) => copies.map(({ target }) => target))),
];

async function closing(store: Store, name: string) {
  const target = await openNamedTarget(store, name);
  return { target, [Symbol.asyncDispose]: () => target.close() };
}

async function removeAll(store: Store, all: readonly PrunedArchive[]): Promise<void> {
  for (const name of targetsOf(all)) {
    await using place = await closing(store, name);
    const registered = new Set((await listCopies(store, { target: name })).map(({ archiveId }) => archiveId));
    for (const { id, copies } of all)
      for (const { target, file } of copies)
        if (target === name && registered.has(id)) await place.target.delete(file);
  }
  const folders = new Set<string>();
  for (const { path } of all) {
    if (!existsSync(path)) continue;
    await rm(path, { force: true });
    folders.add(dirname(path));
  }
  for (const folder of folders) await syncFolder(folder);
  const id = { in: all.map((each) => each.id) };
  await store.transaction(async (transaction) => {
    await transaction.repository(archiveCopies).deleteMany({ archiveId: id });
    // Half a million a year: nobody asks for one of them later.
    await transaction.repository(archives).deleteMany({ id, type: 'segment' });
    await transaction.repository(archives).updateMany({ id, prunedAt: null }, { prunedAt: now() });
  });
}
