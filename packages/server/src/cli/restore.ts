// holdfast restore: an archive into a new database, on any engine.

import { HoldfastError } from '@holdfast/core';
import { type RestoreResult, restoreArchive } from '@holdfast/core/archive';
import type { Command } from 'commander';
import { withChain } from './archive-chain.ts';
import { type KeyFlags, readKeys, withKeys } from './archive-keys.ts';
import { domains } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { parseMoment } from './moments.ts';
import { paint, printable, renderTable } from './output.ts';
import { withProgress } from './row-progress.ts';

interface Flags extends KeyFlags {
  readonly to?: string;
  readonly at?: string;
  readonly dryRun?: boolean;
  readonly lossy: string;
}

const policies = ['refuse', 'nearest'] as const;

export function register(command: Command, invocation: Invocation): void {
  withKeys(command)
    .argument('<archive>', 'path or id')
    .option('--to <url>', 'a new or empty database (default: that of --data and --database)')
    .option(
      '--at <time>',
      'the last state by then that the chain of the archive has; as 2026-03-01T12:00:00Z',
    )
    .option('--dry-run', 'read and count everything, write nothing')
    .option('--lossy <policy>', 'refuse, or nearest: values that the engine cannot keep', 'refuse')
    .action(async (named: string, flags: Flags) => {
      const { dryRun = false } = flags;
      const { signal } = invocation;
      const lossy = policies.find((policy) => policy === flags.lossy);
      if (lossy === undefined) throw new HoldfastError('USAGE', `--lossy takes ${policies.join(', ')}`);
      const at = flags.at === undefined ? undefined : parseMoment(flags.at);
      // Keys are tried before anything is made.
      await withChain(
        invocation,
        named,
        { keys: await readKeys(flags), at, checked: { signal } },
        async (chain) => {
          const { url, keyFile } = invocation.place({ create: !dryRun });
          const result = await withProgress(invocation.json, (onProgress) =>
            restoreArchive(chain, {
              ...{ url: flags.to ?? url, keyFile, domains, dryRun, lossy },
              ...{ by: { name: invocation.user, via: 'cli' }, signal, onProgress },
            }),
          );
          const { id, createdAt } = chain.at(-1)!.header;
          invocation.print({ ...result, archive: id, at: createdAt }, () =>
            text(result, flags.to !== undefined),
          );
        },
      );
    });
}

function text(result: RestoreResult, elsewhere: boolean): string {
  const { dryRun, tables, recordsRestored, warnings, losses, digest, durationMs } = result;
  const filled = tables.filter(({ inserted, lossy }) => inserted > 0 || lossy > 0);
  return [
    renderTable(
      ['table', 'rows', 'lossy'],
      filled.map((each) => [each.table, String(each.inserted), String(each.lossy)]),
    ),
    ...losses.map(({ table, key, column, why }) =>
      printable(`  ${paint('yellow', 'lossy')} ${table}.${column} of ${key}: ${why}`),
    ),
    ...warnings.map((warning) => `${paint('yellow', 'note')} ${warning}`),
    dryRun
      ? paint('dim', `nothing was written: ${recordsRestored} rows would be restored`)
      : `${paint('green', 'restored')} ${recordsRestored} rows in ${durationMs} ms, every table equal to the archive`,
    `  digest ${digest}`,
    ...(dryRun ? [] : [`Next: holdfast ${elsewhere ? '--database URL ' : ''}doctor`]),
  ].join('\n');
}
