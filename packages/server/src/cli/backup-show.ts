// holdfast backup show: what an archive says of itself; with a key, or where it has none, also what is in it.

import { ArchiveReader, outlineArchive } from '@holdfast/core/archive';
import type { Command } from 'commander';
import { type KeyFlags, readKeys, withKeys } from './archive-keys.ts';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { type NamedArchive, withArchive } from './open-archive.ts';
import { paint, printable, renderTable } from './output.ts';

export function registerShow(command: Command, invocation: Invocation): void {
  withKeys(command.command('show'))
    .description('what an archive is of, which keys open it, and its tables')
    .argument('<archive>', 'path or id')
    .action((named: string, flags: KeyFlags) =>
      withArchive(invocation, named, async (archive) => {
        const shown = await describe(archive, flags);
        invocation.print(shown, () => text(shown));
      }),
    );
}

async function describe({ path, source }: NamedArchive, flags: KeyFlags) {
  const { header, slots, root, rows, chunks, bytes: size } = await outlineArchive(source);
  const keys = await readKeys(flags);
  const readable = slots.length === 0 || keys.length > 0;
  const tables = readable ? (await ArchiveReader.open(source, { keys })).tables : undefined;
  const { keys: _derivation, ...shown } = header;
  return {
    path,
    ...shown,
    ...{ root, rows, chunks, bytes: size },
    encrypted: slots.length > 0,
    keys: slots,
    /** Null where it takes a key to know them. */
    tables:
      tables?.map(({ table, kind, rows: count, bytes: stored, digest }) => ({
        ...{ table, kind, rows: count, bytes: stored, digest: digest ?? null },
      })) ?? null,
  };
}

function text(shown: Awaited<ReturnType<typeof describe>>): string {
  const { engine, metadata, algorithms, keys, tables } = shown;
  const facts: [string, string][] = [
    ['file', shown.path],
    ['of', `${engine.name} ${engine.version}, ${shown.createdAt}`],
    ['by', `Holdfast ${shown.holdfast}`],
    ['rows', `${shown.rows} in ${bytes(shown.bytes)}`],
    ['compression', algorithms.compression],
    [
      'keys',
      keys.length === 0
        ? 'none: it is not encrypted'
        : keys.map(({ kind, id }) => `${kind} ${id}`).join(', '),
    ],
    ['timeline', shown.timeline],
    ['root', shown.root],
    ...Object.entries(metadata).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ];
  return [
    `${paint('bold', shown.id)} ${shown.type}`,
    ...facts.map(([name, value]) => `  ${paint('dim', `${name}:`)} ${printable(value)}`),
    tables === null
      ? paint('dim', 'its tables are shown with one of its keys')
      : renderTable(
          ['table', 'kind', 'rows', 'size'],
          tables.map((each) => [each.table, each.kind, String(each.rows), bytes(each.bytes)]),
        ),
  ].join('\n');
}
