// A file that says that this folder is the target: where a mount is missing, so is it, and nothing is written underneath.

import { randomUUID } from 'node:crypto';
import { HoldfastError, isHoldfastError } from '../../../errors.ts';
import type { Files } from './files.ts';

const markerName = '.holdfast-target';
const pattern = /^holdfast target ([0-9a-f-]{36})\n$/;

/**
 * Makes the marker, or takes over the one that is there: several programs may keep archives in one folder.
 * @returns the id to remember. @throws TARGET_MISSING where the folder is not there
 */
export async function placeMarker(files: Files): Promise<string> {
  if (!(await files.exists())) throw missing(files, 'there is no such folder');
  const there = await readMarker(files);
  if (there !== undefined) return there;
  const id = randomUUID();
  const draft = `${markerName}.${id}`;
  const file = await files.open(draft, 'create');
  try {
    await file.write(0, Buffer.from(`holdfast target ${id}\n`));
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await files.publish(draft, markerName);
    return id;
  } catch (error) {
    await files.remove(draft);
    // Another process was faster: its marker counts.
    if (isHoldfastError(error) && error.code === 'TARGET_EXISTS') return placeMarker(files);
    throw error;
  }
}

/** @throws TARGET_NOT_SET_UP, TARGET_MISSING, TARGET_WRONG */
export async function checkMarker(files: Files, expected: string | undefined): Promise<void> {
  if (expected === undefined)
    throw new HoldfastError('TARGET_NOT_SET_UP', `${files.place} was never set up as a target`);
  const found = await readMarker(files);
  if (found === expected) return;
  if (found === undefined)
    throw missing(files, (await files.exists()) ? 'it lacks the marker file' : 'there is no such folder');
  throw new HoldfastError('TARGET_WRONG', `${files.place} is another target than the one that was set up`, {
    details: { expected, found },
  });
}

async function readMarker(files: Files): Promise<string | undefined> {
  const stat = await files.stat(markerName);
  if (stat === undefined) return undefined;
  const file = await files.open(markerName, 'read');
  try {
    const text = Buffer.from(await file.read(0, 256)).toString('latin1');
    const id = pattern.exec(text)?.[1];
    if (id === undefined) throw missing(files, `${markerName} is not a marker`);
    return id;
  } finally {
    await file.close();
  }
}

const missing = (files: Files, why: string): HoldfastError =>
  new HoldfastError('TARGET_MISSING', `${files.place} is not there: ${why}`, {
    hint: `Mount it, or put back ${markerName}, then repeat; nothing was written elsewhere`,
  });
