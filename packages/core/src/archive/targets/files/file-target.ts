// Archives in a folder, here or behind SFTP.

import { HoldfastError } from '../../../errors.ts';
import type { Instant } from '../../../schema/instant.ts';
import { checkName, isName } from '../names.ts';
import type { ByteRange, StoredFile, Target, UnfinishedUpload, Upload, WriteOptions } from '../target.ts';
import { openFileUpload, parsePartial } from './file-upload.ts';
import type { Files } from './files.ts';
import { checkMarker } from './marker.ts';

const block = 2 ** 20;

export class FileTarget implements Target {
  readonly #files: Files;
  readonly #marker: string | undefined;

  /** @param marker id in the marker file of the folder that was set up */
  constructor(files: Files, marker: string | undefined) {
    this.#files = files;
    this.#marker = marker;
  }

  get kind(): 'folder' | 'sftp' {
    return this.#files.kind;
  }

  get place(): string {
    return this.#files.place;
  }

  check(): Promise<void> {
    return checkMarker(this.#files, this.#marker);
  }

  async *list(): AsyncIterable<StoredFile> {
    await this.check();
    const files = (await this.#files.list()).filter(({ name }) => isName(name));
    yield* files.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async stat(name: string): Promise<StoredFile | undefined> {
    checkName(name);
    await this.check();
    return this.#files.stat(name);
  }

  async *read(name: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    checkName(name);
    await this.check();
    // A link is no archive, whatever it leads to.
    const stat = await this.#files.stat(name);
    if (stat === undefined)
      throw new HoldfastError('TARGET_NOT_FOUND', `${this.place}: ${name} is not there`);
    const file = await this.#files.open(name, 'read');
    try {
      const end = range?.end ?? stat.size;
      for (let at = range?.start ?? 0; at < end; ) {
        const bytes = await file.read(at, Math.min(block, end - at));
        if (bytes.length === 0)
          throw new HoldfastError(
            'TARGET_CORRUPT',
            `${this.place}: ${name} ends at byte ${at}, bytes up to ${end} were asked for`,
          );
        yield bytes;
        at += bytes.length;
      }
    } finally {
      await file.close();
    }
  }

  async write(name: string, options: WriteOptions = {}): Promise<Upload> {
    checkName(name);
    await this.check();
    if ((await this.#files.stat(name)) !== undefined)
      throw new HoldfastError('TARGET_EXISTS', `${this.place} has an archive ${name} already`);
    return openFileUpload({
      files: this.#files,
      name,
      resume: options.resume,
      checkPlace: () => this.check(),
    });
  }

  async delete(name: string): Promise<void> {
    checkName(name);
    await this.check();
    await this.#files.remove(name);
  }

  async *listUnfinished(): AsyncIterable<UnfinishedUpload> {
    await this.check();
    for (const { name: file, modifiedAt } of await this.#files.list()) {
      const partial = parsePartial(file);
      if (partial !== undefined) yield { name: partial.name, id: file, modifiedAt };
    }
  }

  async removeUnfinished(before: Instant): Promise<readonly UnfinishedUpload[]> {
    const removed: UnfinishedUpload[] = [];
    for await (const upload of this.listUnfinished()) {
      if (upload.modifiedAt >= before) continue;
      await this.#files.remove(upload.id);
      removed.push(upload);
    }
    return removed;
  }

  close(): Promise<void> {
    return this.#files.close();
  }
}
