// holdfast backup verify: is an archive whole, and can it be restored.

import { exits, HoldfastError, isHoldfastError } from '@holdfast/core';
import { outlineArchive, recordProof, testRestore, verifyArchive } from '@holdfast/core/archive';
import type { Command } from 'commander';
import { withChain } from './archive-chain.ts';
import { type KeyFlags, readKeys, withKeys } from './archive-keys.ts';
import { domains } from './domains.ts';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { type NamedArchive, withArchive, withStoreIfAny } from './open-archive.ts';
import { paint } from './output.ts';
import { progressLine } from './progress.ts';
import { withProgress } from './row-progress.ts';

const depths = ['checksums', 'decode', 'restore'] as const;
type Depth = (typeof depths)[number];

interface Flags extends KeyFlags {
  readonly depth?: string;
}

export function registerVerify(command: Command, invocation: Invocation): void {
  withKeys(command.command('verify'))
    .description('is the archive whole; it is proven once a test restore has succeeded')
    .argument('<archive>', 'path or id')
    .option('--depth <depth>', `${depths.join(', ')} (default: restore; without its key, checksums)`)
    .action((named: string, flags: Flags) =>
      withArchive(invocation, named, async (archive) => {
        const report = await verify(invocation, archive, flags);
        invocation.print(report, () =>
          [
            `${paint('green', report.proven ? 'proven' : 'whole')}: ${report.rows} rows, ${bytes(report.bytes)}, ${said[report.depth]}`,
            ...(report.proven ? [] : [paint('dim', 'it counts as proven only after --depth restore')]),
            `  took ${report.durationMs} ms`,
          ].join('\n'),
        );
      }),
    );
}

const said: Record<Depth, string> = {
  checksums: 'every stored byte has its checksum',
  decode: 'every value was decoded, every table has its digest',
  restore: 'restored into a scratch database, read again and found equal',
};

async function verify(invocation: Invocation, { path, source }: NamedArchive, flags: Flags) {
  const startedAt = performance.now();
  const keys = await readKeys(flags);
  const { header, slots } = await outlineArchive(source);
  const depth = depthOf(flags.depth, slots.length === 0 || keys.length > 0);
  const { signal, json } = invocation;
  const line = progressLine(json);
  const report = await verifyArchive(source, {
    ...{ keys, signal, depth: depth === 'checksums' ? 'stored' : 'decoded' },
    onProgress: ({ phase, bytes: done, total }) => line.update(`${phase}: ${bytes(done)} of ${bytes(total)}`),
  }).finally(() => line.clear());
  if (depth === 'restore') await prove();
  return {
    ...{ ok: true, ...report, depth, proven: depth === 'restore' },
    durationMs: Math.round(performance.now() - startedAt),
  };

  async function prove(): Promise<void> {
    try {
      await withChain(invocation, path, { keys }, (chain) =>
        withProgress(json, (onProgress) => testRestore(chain, { domains, signal, onProgress })),
      );
    } catch (error) {
      // Only what is wrong with the archive is held against it.
      if (isHoldfastError(error) && error.exit === exits.integrity) await note(false);
      throw error;
    }
    await note(true);
  }

  async function note(proven: boolean): Promise<void> {
    await withStoreIfAny(invocation, (store) => recordProof(store, header.id, proven));
  }
}

function depthOf(text: string | undefined, readable: boolean): Depth {
  if (text === undefined) return readable ? 'restore' : 'checksums';
  const found = depths.find((depth) => depth === text);
  if (found !== undefined) return found;
  throw new HoldfastError('USAGE', `--depth is ${JSON.stringify(text)}: it takes ${depths.join(', ')}`);
}
