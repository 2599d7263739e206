// holdfast backup show: an archive as the document that people read; in short, what it says of itself.

import { HoldfastError } from '@holdfast/core';
import { ArchiveReader, outlineArchive, salvageArchive } from '@holdfast/core/archive';
import { documentHead, documentHeaderOf, showArchive, showChain } from '@holdfast/core/document';
import type { Command } from 'commander';
import { withChain } from './archive-chain.ts';
import { type KeyFlags, readKeys, withKeys } from './archive-keys.ts';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { type NamedArchive, withArchive } from './open-archive.ts';
import { paint, printable, printText, printTexts, renderTable } from './output.ts';

interface Flags extends KeyFlags {
  readonly summary?: boolean;
  readonly salvage?: boolean;
  readonly whole?: boolean;
}

export function registerShow(command: Command, invocation: Invocation): void {
  withKeys(command.command('show'))
    .description('an archive as a YAML document; without its key, what stands before its data')
    .argument('<archive>', 'path or id')
    .option('--salvage', 'what is whole of one that was cut off')
    .option(
      '--whole',
      'of an increment all that there was then, by the archives that it goes back to: it restores',
    )
    .option('--summary', 'in short: what it is of, which keys open it, and its tables (as --json does)')
    .action(async (named: string, { summary, salvage, whole, ...flags }: Flags) => {
      if (whole && (salvage || summary || invocation.json))
        throw new HoldfastError('USAGE', '--whole prints a document, and goes with no other form');
      if (whole) return showWhole(invocation, named, flags);
      return withArchive(invocation, named, async (archive) => {
        if (salvage) return showSalvaged(invocation, archive, flags);
        if (!invocation.json && !summary) return showDocument(invocation, archive, flags);
        const shown = await describe(archive, flags);
        invocation.print(shown, () => text(shown));
      });
    });
}

async function showWhole(invocation: Invocation, named: string, flags: KeyFlags): Promise<void> {
  const keys = await readKeys(flags);
  const { signal } = invocation;
  await withChain(invocation, named, { keys }, (chain) => printTexts(showChain(chain, { signal })));
}

/** Its secrets are not part of it. Restoring takes it as it takes the archive. */
async function showDocument(
  { signal }: Invocation,
  { source }: NamedArchive,
  flags: KeyFlags,
): Promise<void> {
  const { header, slots, rows } = await outlineArchive(source);
  const keys = await readKeys(flags);
  if (slots.length === 0 || keys.length > 0)
    return printTexts(showArchive(await ArchiveReader.open(source, { keys }), { signal }));
  printText(documentHead(documentHeaderOf(header), { records: rows }));
  printText(`# Its data are shown with one of its keys: ${keysText(slots)}`);
}

/** What was read up to where it ends, as a document of its own, which restores beside the living records. */
async function showSalvaged(
  invocation: Invocation,
  { path, source }: NamedArchive,
  flags: KeyFlags,
): Promise<void> {
  const { signal } = invocation;
  const { reader, ...found } = await salvageArchive(source, {
    ...{ keys: await readKeys(flags), signal },
  });
  const { rows, complete, stoppedBy } = found;
  if (invocation.json) return invocation.print({ path, ...found, stoppedBy: stoppedBy ?? null }, () => '');
  const why = stoppedBy === undefined ? '' : `: ${stoppedBy}`;
  process.stderr.write(
    `${printable(complete ? 'nothing is missing but its end' : `${rows} rows are whole, what followed is lost${why}`)}\n`,
  );
  return printTexts(showArchive(reader, { signal, salvaged: !complete }));
}

const keysText = (slots: readonly { readonly kind: string; readonly id: string }[]): string =>
  slots.map(({ kind, id }) => `${kind} ${id}`).join(', ');

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
    ['keys', keys.length === 0 ? 'none: it is not encrypted' : keysText(keys)],
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
