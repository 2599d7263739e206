// The tables of an archive, with what they take; of a locked one only where its key lies in the data folder.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isHoldfastError } from '@holdfast/core';
import {
  ArchiveReader,
  type FileSource,
  readKeyFile,
  type SlotInfo,
  type UnlockKey,
} from '@holdfast/core/archive';

/** None of an archive that is not locked. */
export async function keysAtHand(data: string, slots: readonly SlotInfo[]): Promise<readonly UnlockKey[]> {
  const path = join(data, 'archive.key');
  return slots.length > 0 && existsSync(path) ? [await readKeyFile(path)] : [];
}

/** @returns null where it takes another key to know them */
export async function tablesOf(source: FileSource, keys: readonly UnlockKey[]) {
  try {
    const { tables } = await ArchiveReader.open(source, { keys });
    return tables.map(({ table, kind, rows, bytes, digest, metadata }) => ({
      ...{ table, kind, rows, bytes, digest: digest ?? null },
      class: metadata?.['class'] ?? null,
    }));
  } catch (error) {
    if (isHoldfastError(error) && needKey.has(error.code)) return null;
    throw error;
  }
}

const needKey: ReadonlySet<string> = new Set(['ARCHIVE_KEY_WRONG', 'ARCHIVE_KEY_MISSING']);
