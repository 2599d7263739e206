// holdfast restore: an archive into a new database, on any engine, or into one that lives.

import { HoldfastError } from '@holdfast/core';
import {
  type ArchiveReader,
  contentsOf,
  holdsRecordsAt,
  type RestoreResult,
  restoreArchive,
  toLockKey,
} from '@holdfast/core/archive';
import type { Command } from 'commander';
import { isKept } from '../backups/replace-plan.ts';
import { withChain } from './archive-chain.ts';
import { type KeyFlags, readKeys, withKeys } from './archive-keys.ts';
import { domains } from './domains.ts';
import type { Invocation } from './invocation.ts';
import { parseMoment } from './moments.ts';
import { paint, renderTable } from './output.ts';
import { fromDocument, isDocumentFile } from './restore-document.ts';
import { type IntoFlags, policyOf, restoreInto } from './restore-into.ts';
import { fromManager, isManagerFile } from './restore-manager.ts';
import { replaceBy, replaceByKept } from './restore-replace.ts';
import { notes } from './restore-text.ts';
import { withProgress } from './row-progress.ts';

interface Flags extends KeyFlags, IntoFlags {
  readonly at?: string;
  readonly lossy: string;
  readonly replace?: boolean;
  readonly source?: string;
}

const policies = ['refuse', 'nearest'] as const;

export function register(command: Command, invocation: Invocation): void {
  const collect = (value: string, before: readonly string[]): string[] => [...before, value];
  withKeys(command)
    .argument('<archive>', 'path or id')
    .option('--to <url>', 'another database (default: that of --data and --database)')
    .option(
      '--at <time>',
      'the last state by then that the chain of the archive has; as 2026-03-01T12:00:00Z',
    )
    .option(
      '--conflict <policy>',
      'fail, skip, overwrite, newer or merge: of records that live and are not as the archive has them (default: fail)',
    )
    .option('--only <names>', 'domains, resources, tables or data classes, by comma')
    .option(
      '--where <condition>',
      'records of the one resource that --only names: PROPERTY=VALUE, as list takes it; may be repeated',
      collect,
      [],
    )
    .option('--preserve-existing', 'living records that the archive does not have stay (the default)', true)
    .option('--no-preserve-existing', 'they are deleted')
    .option('--source <name>', 'of a Shelly Manager archive: the source that its devices belong to')
    .option('--no-safety-archive', 'do not write what is changed to an archive first')
    .option(
      '--replace',
      'put everything that lives aside for what the archive has, or for what was put aside so',
    )
    .option('--dry-run', 'do it up to the end, and write nothing')
    .option('--lossy <policy>', 'refuse, or nearest: values that the engine cannot keep', 'refuse')
    .action(async (named: string, flags: Flags) => {
      const { signal } = invocation;
      const lossy = policies.find((policy) => policy === flags.lossy);
      if (lossy === undefined) throw new HoldfastError('USAGE', `--lossy takes ${policies.join(', ')}`);
      policyOf(flags.conflict);
      const at = flags.at === undefined ? undefined : parseMoment(flags.at);
      const { replace = false } = flags;
      if (replace && isPart(flags))
        throw new HoldfastError(
          'USAGE',
          '--replace brings back everything: it goes with no choice and no --conflict',
        );
      if (replace && isKept(named)) return replaceByKept(invocation, named, flags);
      if (isManagerFile(named)) {
        if (replace || at !== undefined)
          throw new HoldfastError('USAGE', 'an archive of Shelly Manager has some tables, of one moment');
        const { contents, errors, warnings } = fromManager(named, flags.source);
        return restoreInto(invocation, { flags, lossy, keys: [], contents, errors, warnings });
      }
      if (isDocumentFile(named)) {
        if (replace || at !== undefined)
          throw new HoldfastError(
            'USAGE',
            'a document has records of one moment: it goes with no --at, and no --replace',
          );
        const { salvaged, ...document } = await fromDocument(named);
        if (salvaged && !flags.preserveExisting)
          throw new HoldfastError(
            'USAGE',
            'what is not in a salvaged document may have been lost: nothing is deleted for it',
          );
        return restoreInto(invocation, { flags, lossy, keys: [], ...document });
      }
      const keys = await readKeys(flags);
      const lives = await holdsRecordsAt(urlOf(invocation, flags), domains);
      const into = isPart(flags) || (lives && !replace);
      // Of a part only that part is read; all of it is verified as it is read, before anything is written.
      const checked = into ? undefined : { signal };
      // Keys are tried before anything is made.
      await withChain(invocation, named, { keys, at, ...(checked && { checked }) }, (chain) =>
        into
          ? restoreInto(invocation, {
              ...{ flags, lossy, keys: keys.map(toLockKey) },
              contents: (store) =>
                withProgress(invocation.json, (onProgress) =>
                  contentsOf(chain, store.domains, { lossy, signal, onProgress }),
                ),
            })
          : lives
            ? replaceBy(invocation, chain, { ...flags, lossy })
            : restoreWhole(invocation, chain, flags, lossy),
      );
    });
}

/** What only makes sense beside records that live. */
const isPart = ({ conflict, only, where, preserveExisting }: Flags): boolean =>
  conflict !== undefined || only !== undefined || where.length > 0 || !preserveExisting;

const urlOf = (invocation: Invocation, { to }: Flags): string =>
  to ?? invocation.place({ create: false }).url;

async function restoreWhole(
  invocation: Invocation,
  chain: readonly ArchiveReader[],
  { dryRun = false, to }: Flags,
  lossy: 'refuse' | 'nearest',
): Promise<void> {
  const { url, keyFile } = invocation.place({ create: !dryRun });
  const result = await withProgress(invocation.json, (onProgress) =>
    restoreArchive(chain, {
      ...{ url: to ?? url, keyFile, domains, dryRun, lossy },
      ...{ by: { name: invocation.user, via: 'cli' }, signal: invocation.signal, onProgress },
    }),
  );
  const { id, createdAt } = chain.at(-1)!.header;
  invocation.print({ ...result, archive: id, at: createdAt }, () => text(result, to !== undefined));
}

function text(result: RestoreResult, elsewhere: boolean): string {
  const { dryRun, tables, recordsRestored, digest, durationMs } = result;
  const filled = tables.filter(({ inserted, lossy }) => inserted > 0 || lossy > 0);
  return [
    renderTable(
      ['table', 'rows', 'lossy'],
      filled.map((each) => [each.table, String(each.inserted), String(each.lossy)]),
    ),
    ...notes(result),
    dryRun
      ? paint('dim', `nothing was written: ${recordsRestored} rows would be restored`)
      : `${paint('green', 'restored')} ${recordsRestored} rows in ${durationMs} ms, every table equal to the archive`,
    `  digest ${digest}`,
    ...(dryRun ? [] : [`Next: holdfast ${elsewhere ? '--database URL ' : ''}doctor`]),
  ].join('\n');
}
