// holdfast backup copy: an archive to targets, going on where an upload broke off.

import type { Store } from '@holdfast/core';
import { exits, HoldfastError } from '@holdfast/core';
import { requireArchive } from '@holdfast/core/archive';
import { type BroughtCopy, bringCopies, wantCopies } from '@holdfast/core/targets';
import type { Command } from 'commander';
import { bytes } from './format.ts';
import type { Invocation } from './invocation.ts';
import { paint, printable } from './output.ts';
import { progressLine } from './progress.ts';

export function registerCopy(command: Command, invocation: Invocation): void {
  command
    .command('copy')
    .description('bring a registered archive to targets; without one, go on with what waits')
    .argument('[archive]', 'id')
    .option('--target <names>', 'by comma')
    .action((archive: string | undefined, flags: { target?: string }) =>
      invocation.withStore({ create: false }, async (store) => {
        const targets = targetNames(flags.target);
        if ((archive === undefined) !== (targets.length === 0))
          throw new HoldfastError('USAGE', 'name an archive and its targets, or neither');
        const record = archive === undefined ? undefined : await requireArchive(store, archive);
        if (record !== undefined) await wantCopies(store, record, targets);
        const copies = await bring(store, invocation, record?.id);
        invocation.print({ copies: copies.map(copyJson) }, () => copiesText(copies));
      }),
    );
}

export const targetNames = (text: string | undefined): string[] =>
  (text ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));

/** Shows how far it is; one that is not there in the end makes the exit code 7. */
export async function bring(
  store: Store,
  { json, signal, outcome }: Invocation,
  archive?: string,
): Promise<BroughtCopy[]> {
  const line = progressLine(json);
  const copies = await bringCopies(store, {
    signal,
    ...(archive === undefined ? {} : { archive }),
    onProgress: (target, { done, size }) => line.update(`to ${target}: ${bytes(done)} of ${bytes(size)}`),
  }).finally(() => line.clear());
  if (copies.some(({ error }) => error !== undefined)) outcome.exit = exits.partly;
  return copies;
}

/** The contract of a copy in `--json`. */
export const copyJson = ({ archive, target, file, resumed, error }: BroughtCopy) => ({
  ...{ archive, target, file, stored: error === undefined, resumed },
  ...(error === undefined ? {} : { error: error.toJSON() }),
});

export const copiesText = (copies: readonly BroughtCopy[]): string =>
  copies.length === 0
    ? 'Nothing waits'
    : copies
        .map(({ target, file, error }) =>
          error === undefined
            ? `${paint('green', 'stored')} and read back: ${target}:${file}`
            : `${paint('yellow', 'not yet')} on ${target}: ${printable(error.message)}\n  ${printable(error.hint)}; then holdfast backup copy`,
        )
        .join('\n');
