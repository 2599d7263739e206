// What a replacement of everything would do, as a plan: for the verb and for the job.

import { basename } from 'node:path';
import type { Store } from '@holdfast/core';
import { type ArchiveReader, livingRecords, partOf } from '@holdfast/core/archive';
import { makePlan, type Plan } from '@holdfast/core/plan';

export const replaceKind = 'replace';

export type ReplaceSubject =
  | { readonly archive: string; readonly at: string; readonly root: string; readonly lossy: string }
  | { readonly kept: string };

/** What an earlier replacement has kept: a file, a schema or a database. */
export const isKept = (name: string): boolean =>
  /\.before-restore-|_before_restore_|^holdfast_[0-9a-f]{12}_before_/.test(basename(name));

/** By what the last archive of a chain has. */
export function planByArchive(
  store: Store,
  chain: readonly ArchiveReader[],
  lossy: 'refuse' | 'nearest',
): Promise<Plan<ReplaceSubject>> {
  const { header, root = '', tables } = chain.at(-1)!;
  const part = partOf(header, store.domains);
  return planOf(store, {
    part,
    title: `Replace everything in ${store.engine.location} by the archive ${header.id} of ${header.createdAt}`,
    first: [{ id: 'build', title: 'build it beside the database, and compare every table with the archive' }],
    estimate: { rows: tables.reduce((sum, table) => sum + table.rows, 0) },
    subject: { archive: header.id, at: header.createdAt, root, lossy },
  });
}

/** By what an earlier replacement has kept. */
export const planByKept = (store: Store, kept: string): Promise<Plan<ReplaceSubject>> =>
  planOf(store, {
    title: `Put ${kept} back in the place of ${store.engine.location}`,
    first: [],
    estimate: {},
    subject: { kept },
  });

/** The plan as an answer tells it. @param kept where what is replaced now stays; undefined: nothing was replaced */
export const replaceTold = (
  { hash, title, steps, hazards }: Plan,
  kept: string | undefined,
): Pick<Plan, 'hash' | 'title' | 'steps' | 'hazards' | 'wayBack'> => ({
  ...{ hash, title, steps, hazards },
  wayBack: kept === undefined ? null : `holdfast restore ${kept} --replace`,
});

interface Asked {
  readonly title: string;
  readonly first: readonly { readonly id: string; readonly title: string }[];
  readonly estimate: { readonly rows?: number };
  readonly subject: ReplaceSubject;
  /** Of an archive that does not have everything: what it was asked for. */
  readonly part?: readonly string[] | undefined;
}

async function planOf(store: Store, { title, first, estimate, subject, part }: Asked) {
  const living = await livingRecords(store);
  return makePlan<ReplaceSubject>({
    ...{ kind: replaceKind, title, estimate, subject },
    steps: [
      ...first.map((step) => ({ ...step, effects: {} })),
      { id: 'swap', title: 'let the two change places', effects: { records: { aside: living } } },
    ],
    hazards: [
      {
        code: 'REPLACES',
        severity: 'danger',
        what: `all ${living} records that live now are put aside, and what is written until then goes with them`,
      },
      ...(part === undefined
        ? []
        : [
            {
              code: 'PARTIAL',
              severity: 'danger' as const,
              what: `the archive is of a part, ${part.join(', ')}: all else is empty afterwards`,
            },
          ]),
    ],
    wayBack: 'what is put aside is kept under a name that the answer tells',
  });
}
