// holdfast restore: an archive into a new database, on any engine.

import { HoldfastError } from '@holdfast/core';
import { ArchiveReader, type RestoreResult, restoreArchive } from '@holdfast/core/archive';
import type { Command } from 'commander';
import { type KeyFlags, readKeys, withKeys } from './archive-keys.ts';
import { domains } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { withArchive } from './open-archive.ts';
import { paint, printable, renderTable } from './output.ts';
import { withProgress } from './row-progress.ts';

interface Flags extends KeyFlags {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly lossy: string;
}

const policies = ['refuse', 'nearest'] as const;

export function register(command: Command, invocation: Invocation): void {
  withKeys(command)
    .argument('<archive>', 'path or id')
    .option('--to <url>', 'a new or empty database (default: that of --data and --database)')
    .option('--dry-run', 'read and count everything, write nothing')
    .option('--lossy <policy>', 'refuse, or nearest: values that the engine cannot keep', 'refuse')
    .action((named: string, flags: Flags) =>
      withArchive(invocation, named, async ({ source }) => {
        const { dryRun = false } = flags;
        const lossy = policies.find((policy) => policy === flags.lossy);
        if (lossy === undefined) throw new HoldfastError('USAGE', `--lossy takes ${policies.join(', ')}`);
        // The key is tried before anything is made.
        const reader = await ArchiveReader.open(source, { keys: await readKeys(flags) });
        const { url, keyFile } = invocation.place({ create: !dryRun });
        const result = await withProgress(invocation.json, (onProgress) =>
          restoreArchive(reader, {
            ...{ url: flags.to ?? url, keyFile, domains, dryRun, lossy },
            ...{ by: { name: invocation.user, via: 'cli' }, signal: invocation.signal, onProgress },
          }),
        );
        invocation.print(result, () => text(result, flags.to !== undefined));
      }),
    );
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
