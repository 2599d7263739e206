// holdfast backup fetch: an archive from a target to a file, with all that it goes back to.

import { existsSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { HoldfastError } from '@holdfast/core';
import { type FileSource, openFileSink, outlineArchive, verifyArchive } from '@holdfast/core/archive';
import type { Command } from 'commander';
import { withChainFiles } from './archive-chain.ts';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint } from './output.ts';

export function registerFetch(command: Command, invocation: Invocation): void {
  command
    .command('fetch')
    .description('an archive and all that it goes back to, from a target into a folder')
    .argument('<archive>', 'TARGET:FILE, or id')
    .option('--out <folder>', 'which is there', '.')
    .action(async (named: string, { out }: { out: string }) => {
      if (statSync(out, { throwIfNoEntry: false })?.isDirectory() !== true)
        throw new HoldfastError('SETTING_INVALID', `the folder --out ${out} is not there`);
      const files = await withChainFiles(invocation, named, async (sources) => {
        const done: { id: string; path: string; bytes: number; fetched: boolean }[] = [];
        for (const source of sources) done.push(await fetch(source, out, invocation.signal));
        return done;
      });
      invocation.print({ files }, () =>
        files
          .map(({ path, bytes: size, fetched }) =>
            fetched
              ? `${paint('green', 'fetched')} ${path}, ${bytes(size)}, every byte with its checksum`
              : `${path} was there`,
          )
          .join('\n'),
      );
    });
}

const piece = 2 ** 20;

async function fetch(source: FileSource, folder: string, signal: AbortSignal) {
  const { header } = await outlineArchive(source);
  const name = `holdfast-${header.createdAt.replaceAll(/[-:.]/g, '')}-${header.type}-${header.id}.sma`;
  const path = resolve(join(folder, basename(name)));
  const done = { id: header.id, path, bytes: source.size };
  if (existsSync(path)) return { ...done, fetched: false };
  await verifyArchive(source, { depth: 'stored', signal });
  const sink = await openFileSink(path, { replace: true });
  try {
    for (let at = 0; at < source.size; at += piece) {
      if (signal.aborted) throw new HoldfastError('CANCELLED', 'nothing of it is left');
      await sink.write(await source.read(at, Math.min(piece, source.size - at)));
    }
    await sink.commit();
  } finally {
    await sink.abort();
  }
  return { ...done, fetched: true };
}
