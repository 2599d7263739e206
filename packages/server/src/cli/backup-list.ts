// holdfast backup list: the archives that the database was backed up to.

import { formatInstant, type Store } from '@holdfast/core';
import { archives } from '@holdfast/core/system';
import { idInName, listCopies, openNamedTarget } from '@holdfast/core/targets';
import type { Command } from 'commander';
import { type ArchiveJson, archivesJson } from '../shapes/archives.ts';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable, renderTable } from './output.ts';

export function registerList(command: Command, invocation: Invocation): void {
  command
    .command('list')
    .description('the archives that were written, newest first')
    .option('--limit <number>', 'archives of one page, at most 10000', '50')
    .option('--after <cursor>', 'the `next` of the page before')
    .option('--target <name>', 'what is there, as the target itself lists it')
    .action((flags: { limit: string; after?: string; target?: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        if (flags.target !== undefined) return listOnTarget(invocation, store, flags.target);
        const { items, next } = await store.repository(archives).list({
          where: { prunedAt: null },
          orderBy: [['takenAt', 'desc']],
          ...{ limit: Number(flags.limit), after: flags.after },
        });
        const shown = await archivesJson(store, items);
        invocation.print({ items: shown, next }, () => listText(shown, next));
      }),
    );
}

function listText(items: readonly ArchiveJson[], next: string | null): string {
  if (items.length === 0) return 'No archives yet. Next: holdfast backup create';
  const table = renderTable(
    ['id', 'type', 'created', 'rows', 'size', 'key', 'proof', 'file'],
    items.map((each) => [
      ...[each.id, each.type, each.createdAt, String(each.rows), bytes(each.bytes)],
      ...[each.keyId ?? '-', each.proof, placesText(each)],
    ]),
  );
  return `${table}${next === null ? '' : paint('dim', `\nmore: --after ${next}`)}`;
}

const placesText = ({ there, path, copies }: ArchiveJson): string => {
  const on = copies.filter(({ stored }) => stored).map(({ target }) => target);
  return [...(there ? [path] : on.length === 0 ? ['gone'] : []), ...on].join(', ');
};

/** Whole archives only, newest first; those that this database does not know are shown by what their name says. */
async function listOnTarget(invocation: Invocation, store: Store, name: string): Promise<void> {
  const known = new Set((await listCopies(store, { target: name })).map(({ archiveId }) => archiveId));
  const place = await openNamedTarget(store, name);
  try {
    const items: {
      archive: string;
      file: string;
      id: string | null;
      bytes: number;
      storedAt: string;
      registered: boolean;
    }[] = [];
    for await (const { name: file, size, modifiedAt } of place.list()) {
      if (!file.endsWith('.sma')) continue;
      const id = idInName(file) ?? null;
      items.push({
        ...{ archive: `${name}:${file}`, file, id, bytes: size, storedAt: formatInstant(modifiedAt) },
        registered: id !== null && known.has(id),
      });
    }
    items.sort((a, b) => (a.storedAt < b.storedAt ? 1 : -1));
    invocation.print({ items, next: null }, () =>
      items.length === 0
        ? `Nothing on ${name} yet: holdfast backup create --target ${name}`
        : // Names are for copying: nothing of them is cut off.
          items
            .map((each) =>
              printable(
                [
                  each.archive,
                  bytes(each.bytes),
                  each.storedAt,
                  each.registered ? '' : 'not registered',
                ].join('  '),
              ).trimEnd(),
            )
            .join('\n'),
    );
  } finally {
    await place.close();
  }
}
