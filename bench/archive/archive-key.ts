// The key of the archives of a bench run.

import { createKeyFile, readKeyFile, toLockKey } from '@holdfast/core/archive';
import { scratchPath } from '../harness/scratch.ts';

export async function archiveKey() {
  const path = scratchPath('archive.key');
  await createKeyFile(path).catch(() => undefined);
  const key = await readKeyFile(path);
  return { key, lock: toLockKey(key) };
}
