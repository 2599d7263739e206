// Copies that are to be on targets, noted together with what they are of: whoever is killed afterwards, they are brought there.

import { formatInstant } from '../../schema/instant.ts';
import type { Row } from '../../schema/table.ts';
import type { Repositories } from '../../store/repository.ts';
import { archiveCopies, type archives, knownTargets } from '../../system/tables.ts';

type Copied = Pick<Row<typeof archives>, 'id' | 'type' | 'takenAt' | 'sizeBytes'>;

/** The name of an archive on every target: when, of which type, and its id. */
export const copyName = ({ id, type, takenAt }: Omit<Copied, 'sizeBytes'>): string =>
  `holdfast-${formatInstant(takenAt).replaceAll(/[-:.]/g, '')}-${type}-${id}.sma`;

/** Those that are entered already stay as they are; targets that there are not are passed over. */
export async function enterCopies(
  repositories: Repositories,
  archive: Copied,
  targets: readonly string[],
): Promise<void> {
  const copies = repositories.repository(archiveCopies);
  for (const target of targets) {
    if ((await repositories.repository(knownTargets).get({ name: target })) === undefined) continue;
    if ((await copies.get({ archiveId: archive.id, target })) !== undefined) continue;
    const file = copyName(archive);
    await copies.insert({ archiveId: archive.id, target, file, sizeBytes: archive.sizeBytes });
  }
}
