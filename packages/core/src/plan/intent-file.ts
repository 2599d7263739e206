// An intent on disk: a header and a line for each step done, each with a checksum over all before it.

import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '../errors.ts';
import { syncFolder } from '../files/sync-folder.ts';
import type { Actor } from '../system/audit.ts';
import type { Effects, Plan } from './shape.ts';

/** What is about to be done, by whom. */
export interface IntentHeader {
  readonly format: 1;
  /** Of the stored plan. */
  readonly id: string;
  readonly plan: Plan;
  readonly actor: Actor;
  /** Who applies it, as `thisProcess()`. */
  readonly owner: string;
}

export interface StepDone {
  readonly step: string;
  readonly effects: Effects;
}

/** What an intent's file says. */
export interface IntentRecord {
  readonly header: IntentHeader;
  /** In the order in which they were done. The step after them may have been begun. */
  readonly done: readonly StepDone[];
}

export const intentSuffix = '.intent';

const checksum = (before: string, text: string): string =>
  createHash('sha256').update(before).update(text).digest('hex');

/** An intent that this process works on. */
export class IntentFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #last: string;

  private constructor(path: string, handle: FileHandle, last: string) {
    this.path = path;
    this.#handle = handle;
    this.#last = last;
  }

  /** Whole under its name, and on the disk, or not at all. Only its owner can read it. @throws DISK_FULL, SETTING_INVALID */
  static async write(folder: string, header: IntentHeader): Promise<IntentFile> {
    try {
      return await IntentFile.#write(folder, header);
    } catch (error) {
      throw diskError(folder, error);
    }
  }

  static async #write(folder: string, header: IntentHeader): Promise<IntentFile> {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(dirname(folder));
    const path = join(folder, `${header.id}${intentSuffix}`);
    const draft = `${path}.draft`;
    await rm(draft, { force: true });
    const handle = await open(draft, 'ax', 0o600);
    try {
      const text = JSON.stringify(header);
      const last = checksum('', text);
      await handle.appendFile(`${last} ${text}\n`);
      await handle.sync();
      await rename(draft, path);
      await syncFolder(folder);
      return new IntentFile(path, handle, last);
    } catch (error) {
      await handle.close();
      await rm(draft, { force: true });
      throw error;
    }
  }

  /** On the disk when it returns. */
  async stepDone(done: StepDone): Promise<void> {
    const text = JSON.stringify(done);
    this.#last = checksum(this.#last, text);
    try {
      await this.#handle.appendFile(`${this.#last} ${text}\n`);
      await this.#handle.sync();
    } catch (error) {
      throw diskError(this.path, error);
    }
  }

  /** The outcome is stored: nothing has to be brought to its end any more. */
  async close(): Promise<void> {
    await this.#handle.close();
    await removeIntent(this.path);
  }

  /** Left for the next start. */
  async leave(): Promise<void> {
    await this.#handle.close();
  }
}

function diskError(place: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new HoldfastError('DISK_FULL', `${place}: there is no room for an intent`, { cause: error });
  if (code === undefined) return error;
  return new HoldfastError('SETTING_INVALID', `an intent cannot be written: ${message}`, {
    hint: `Give the process the right to write ${place}`,
    cause: error,
  });
}

export async function removeIntent(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/**
 * Reads an intent. A last line without its end was being written when the process died: it counts as not written.
 * @throws Error saying what is wrong with it
 */
export function parseIntent(bytes: Uint8Array): IntentRecord {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const lines = text.split('\n').slice(0, -1);
  let last = '';
  const values = lines.map((line, index): unknown => {
    const [sum, json] = [line.slice(0, 64), line.slice(65)];
    last = checksum(last, json);
    if (sum !== last || line[64] !== ' ') throw new Error(`line ${index + 1} is not as it was written`);
    return JSON.parse(json);
  });
  const header = values[0] as IntentHeader | undefined;
  if (header === undefined) throw new Error('it has no whole line');
  if (header.format !== 1) throw new Error(`its format is ${String(header.format)}, this program knows 1`);
  return { header, done: values.slice(1) as StepDone[] };
}
