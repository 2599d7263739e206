// The folder of intents: what was begun and has no outcome yet. It lies outside the database, which may be what is lost.

import { readdir, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '../errors.ts';
import { type IntentRecord, intentSuffix, parseIntent } from './intent-file.ts';

export interface UnfinishedIntent extends IntentRecord {
  readonly path: string;
}

/** A file that cannot be trusted, kept under another name with its bytes. */
export interface SetAside {
  readonly path: string;
  readonly reason: string;
}

export interface Unfinished {
  readonly intents: readonly UnfinishedIntent[];
  readonly setAside: readonly SetAside[];
}

/** Reads the folder; none is none. What is not as it was written is set aside and named. @throws SETTING_INVALID */
export async function listUnfinished(folder: string): Promise<Unfinished> {
  const intents: UnfinishedIntent[] = [];
  const setAside: SetAside[] = [];
  for (const name of await namesIn(folder)) {
    const found = await readIntent(join(folder, name));
    if (found === undefined) continue;
    if ('reason' in found) setAside.push(found);
    else intents.push(found);
  }
  return { intents, setAside };
}

/** @returns undefined when it is gone: brought to its end by the process that works on it */
export async function readIntent(path: string): Promise<UnfinishedIntent | SetAside | undefined> {
  const bytes = await read(path);
  if (bytes === undefined) return undefined;
  try {
    return { path, ...parseIntent(bytes) };
  } catch (error) {
    return { path: await moveAside(path), reason: (error as Error).message };
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith(intentSuffix)).sort();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new HoldfastError('SETTING_INVALID', `the folder of intents cannot be read: ${message}`, {
      hint: `Give the process the right to read and write ${folder}`,
      cause: error,
    });
  }
}

async function read(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function moveAside(path: string): Promise<string> {
  const folder = dirname(path);
  const taken = new Set(await readdir(folder));
  let index = 1;
  while (taken.has(`${basename(path)}.corrupt-${index}`)) index++;
  const aside = `${path}.corrupt-${index}`;
  await rename(path, aside);
  return aside;
}
