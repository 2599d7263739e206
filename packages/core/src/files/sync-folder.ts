// A file is on the disk under its name only when the folder that has the name is.

import { open } from 'node:fs/promises';

/** Makes the names in a folder durable: after a file was made, renamed or removed there. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
