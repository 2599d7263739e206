// holdfast backup list: the archives that the database was backed up to.

import { existsSync } from 'node:fs';
import { formatInstant } from '@holdfast/core';
import type { ArchiveRecord } from '@holdfast/core/archive';
import { archives } from '@holdfast/core/system';
import type { Command } from 'commander';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint, renderTable } from './output.ts';

export function registerList(command: Command, invocation: Invocation): void {
  command
    .command('list')
    .description('the archives that were written, newest first')
    .option('--limit <number>', 'archives of one page, at most 10000', '50')
    .option('--after <cursor>', 'the `next` of the page before')
    .action((flags: { limit: string; after?: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        const { items, next } = await store
          .repository(archives)
          .list({ orderBy: [['takenAt', 'desc']], limit: Number(flags.limit), after: flags.after });
        const shown = items.map(archiveJson);
        invocation.print({ items: shown, next }, () => listText(shown, next));
      }),
    );
}

/** The contract of an archive in `backup list --json`. */
const archiveJson = (archive: ArchiveRecord) => ({
  ...{ id: archive.id, type: archive.type, base: archive.base, timeline: archive.timeline },
  createdAt: formatInstant(archive.takenAt),
  path: archive.path,
  /** Whether the file is where it was written to. */
  there: existsSync(archive.path),
  ...{ rows: archive.rowCount, bytes: archive.sizeBytes, root: archive.root, engine: archive.engine },
  ...{ compression: archive.compression, encryption: archive.encryption, keyId: archive.keyId },
  proven: archive.proof === 'proven',
  proof: archive.proof,
  provenAt: archive.provenAt === null ? null : formatInstant(archive.provenAt),
  ...{ selection: archive.selection, pinned: archive.pinned, durationMs: archive.durationMs },
});

function listText(items: readonly ReturnType<typeof archiveJson>[], next: string | null): string {
  if (items.length === 0) return 'No archives yet. Next: holdfast backup create';
  const table = renderTable(
    ['id', 'type', 'created', 'rows', 'size', 'key', 'proof', 'file'],
    items.map((each) => [
      ...[each.id, each.type, each.createdAt, String(each.rows), bytes(each.bytes)],
      ...[each.keyId ?? '-', each.proof, each.there ? each.path : 'gone'],
    ]),
  );
  return `${table}${next === null ? '' : paint('dim', `\nmore: --after ${next}`)}`;
}
