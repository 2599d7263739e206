// An archive on its way into an S3-compatible store: parts of one size, and an object of them when all are there.

import { createHash } from 'node:crypto';
import { HoldfastError, isHoldfastError } from '../../../errors.ts';
import type { Source, StoredFile, Upload } from '../target.ts';
import type { S3Client } from './request.ts';
import { listParts, listUploads, type Part } from './uploads.ts';
import { text } from './xml.ts';

/** After these the object may be there all the same. */
const settled: ReadonlySet<string> = new Set(['TARGET_EXISTS', 'TARGET_TAKEN']);
/** What S3 allows. */
const mostParts = 10_000;
const largestPart = 64 * 2 ** 20;

export interface S3UploadOptions {
  readonly client: S3Client;
  readonly name: string;
  readonly key: string;
  readonly partSize: number;
  readonly stat: () => Promise<StoredFile | undefined>;
}

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
const bare = (etag: string): string => etag.replaceAll('"', '').toLowerCase();
/** Unless the store encrypts with keys of its own, a part's ETag is its MD5. */
const isMd5 = (etag: string): boolean => /^[0-9a-f]{32}$/.test(bare(etag));

/** A part size with which so many bytes fit into the parts there may be. */
export function partSizeFor(size: number | undefined, least: number): number {
  const needed = Math.ceil((size ?? 0) / mostParts / 2 ** 20) * 2 ** 20;
  if (needed > largestPart)
    throw new HoldfastError(
      'TARGET_FULL',
      `an S3 object takes ${mostParts} parts of 64 MiB, not ${size} bytes`,
    );
  return Math.max(least, needed);
}

/** Goes on with the upload that has most of the source's parts, or starts a new one once there is a part. */
export async function openS3Upload(options: S3UploadOptions, source: Source | undefined): Promise<Upload> {
  if (source === undefined) return new S3Upload(options, undefined, []);
  const { client, name, key } = options;
  let best: { id: string; parts: Part[] } = { id: '', parts: [] };
  const prefix = key.slice(0, key.length - name.length);
  for await (const upload of listUploads(client, prefix)) {
    if (upload.name !== name) continue;
    const parts = await equalParts(await listParts(client, key, upload.id), source);
    if (parts.length > best.parts.length) best = { id: upload.id, parts };
  }
  if (best.parts.length === 0) return new S3Upload(options, undefined, []);
  // All parts but the last have one size, so the first says which.
  const partSize = best.parts[0]!.size;
  return new S3Upload({ ...options, partSize }, best.id, best.parts);
}

/** Parts from the first on, without a gap, that hold the source's bytes. */
async function equalParts(parts: readonly Part[], source: Source): Promise<Part[]> {
  const equal: Part[] = [];
  const size = parts[0]?.size ?? 0;
  for (const part of parts) {
    const start = equal.length * size;
    if (part.number !== equal.length + 1 || part.size !== size || start + size > source.size) break;
    const hash = createHash('md5');
    for await (const bytes of source.read(start, start + size)) hash.update(bytes);
    if (hash.digest('hex') !== bare(part.etag)) break;
    equal.push(part);
  }
  return equal;
}

class S3Upload implements Upload {
  readonly name: string;
  readonly offset: number;
  readonly #options: S3UploadOptions;
  readonly #parts: Part[];
  #id: string | undefined;
  readonly #buffer: Buffer;
  #filled = 0;

  constructor(options: S3UploadOptions, id: string | undefined, parts: readonly Part[]) {
    this.name = options.name;
    this.#options = options;
    this.#id = id;
    this.#parts = [...parts];
    this.offset = parts.reduce((sum, { size }) => sum + size, 0);
    this.#buffer = Buffer.allocUnsafe(options.partSize);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      // A full part waits for the next byte: what fits into one part needs no upload of several.
      if (this.#filled === this.#buffer.length) await this.#sendPart();
      const piece = bytes.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
    }
  }

  async finish(): Promise<StoredFile> {
    const { client, stat, name } = this.#options;
    if (this.#id !== undefined && this.#filled > 0) await this.#sendPart();
    const expected = this.#id === undefined ? md5(this.#body()).toString('hex') : this.#wholeTag();
    try {
      this.#compare(await (this.#id === undefined ? this.#put() : this.#complete(this.#id)), expected);
    } catch (error) {
      // An answer that was lost, or another process that went on with the same upload and was faster.
      const stored = isHoldfastError(error) && settled.has(error.code) ? await this.#storedTag() : undefined;
      if (stored === undefined || expected === undefined || bare(stored) !== expected) throw error;
    }
    const stored = await stat();
    const size = this.#size();
    if (stored?.size === size) return stored;
    throw new HoldfastError(
      'TARGET_CORRUPT',
      `${client.place}: ${name} has ${stored?.size ?? 'no'} bytes, ${size} were sent`,
    );
  }

  /** What does not fill a part is written again by whoever resumes. */
  async suspend(): Promise<void> {
    this.#filled = 0;
  }

  async discard(): Promise<void> {
    if (this.#id === undefined) return;
    await abortUpload(this.#options.client, this.#options.key, this.#id);
  }

  async #sendPart(): Promise<void> {
    const { client, key } = this.#options;
    if (this.#parts.length === mostParts)
      throw new HoldfastError(
        'TARGET_FULL',
        `${client.place}: ${this.name} is larger than ${mostParts} parts`,
        {
          hint: 'Give a larger partSize',
        },
      );
    this.#id ??= await this.#begin();
    const body = this.#body();
    const number = this.#parts.length + 1;
    const query = { partNumber: String(number), uploadId: this.#id };
    const { headers } = await client.ask({ method: 'PUT', key, query, headers: this.#md5(body), body });
    this.#compare(headers.etag, md5(body).toString('hex'));
    this.#parts.push({ number, etag: headers.etag!, size: body.length });
    this.#filled = 0;
  }

  async #begin(): Promise<string> {
    const { client, key } = this.#options;
    const { body } = await client.ask({ method: 'POST', key, query: { uploads: '' } });
    const id = text(body.toString(), 'UploadId');
    if (id !== undefined) return id;
    throw new HoldfastError(
      'TARGET_FAILED',
      `${client.place}: the store began an upload without saying its id`,
    );
  }

  /** @returns the ETag that the store gave the object */
  async #put(): Promise<string | undefined> {
    const { client, key } = this.#options;
    const body = this.#body();
    const { headers } = await onlyNew((only) =>
      client.ask({ method: 'PUT', key, headers: { ...only, ...this.#md5(body) }, body }),
    );
    return headers.etag;
  }

  async #complete(uploadId: string): Promise<string | undefined> {
    const { client, key, stat } = this.#options;
    const parts = this.#parts.map(
      ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    const body = Buffer.from(`<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`);
    // Stores that know no condition would replace the object.
    if ((await stat()) !== undefined) throw this.#exists();
    const answer = await onlyNew((only) =>
      client.ask({
        method: 'POST',
        key,
        query: { uploadId },
        headers: { ...only, ...this.#md5(body) },
        body,
      }),
    );
    return text(answer.body.toString(), 'ETag');
  }

  async #storedTag(): Promise<string | undefined> {
    const { client, key } = this.#options;
    try {
      return (await client.ask({ method: 'HEAD', key })).headers.etag;
    } catch (error) {
      if (isHoldfastError(error) && error.code === 'TARGET_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** What stores make the ETag of an object of parts; undefined where they do it otherwise. */
  #wholeTag(): string | undefined {
    if (!this.#parts.every(({ etag }) => isMd5(etag))) return undefined;
    const whole = createHash('md5');
    for (const { etag } of this.#parts) whole.update(Buffer.from(bare(etag), 'hex'));
    return `${whole.digest('hex')}-${this.#parts.length}`;
  }

  #compare(etag: string | undefined, expected: string | undefined): void {
    if (etag === undefined || expected === undefined) return;
    const comparable = isMd5(etag) || /^[0-9a-f]{32}-\d+$/.test(bare(etag));
    if (!comparable || bare(etag) === expected) return;
    const { client } = this.#options;
    throw new HoldfastError(
      'TARGET_CORRUPT',
      `${client.place}: ${this.name} was stored as other bytes than sent`,
    );
  }

  #md5(body: Uint8Array): Record<string, string> {
    return { 'content-md5': md5(body).toString('base64') };
  }

  #body(): Buffer {
    return this.#buffer.subarray(0, this.#filled);
  }

  #size(): number {
    return this.#parts.reduce((sum, { size }) => sum + size, 0) + this.#filled;
  }

  #exists(): HoldfastError {
    return new HoldfastError(
      'TARGET_EXISTS',
      `${this.#options.client.place} has an archive ${this.name} already`,
    );
  }
}

/** Asks for the condition that the name is new; a store that does not know it is asked without. */
async function onlyNew<T>(ask: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  try {
    return await ask({ 'if-none-match': '*' });
  } catch (error) {
    if (isHoldfastError(error) && error.details?.['code'] === 'NotImplemented') return ask({});
    throw error;
  }
}

/** One that is gone is no failure. */
export async function abortUpload(client: S3Client, key: string, uploadId: string): Promise<void> {
  try {
    await client.ask({ method: 'DELETE', key, query: { uploadId } });
  } catch (error) {
    if (!isHoldfastError(error) || error.code !== 'TARGET_TAKEN') throw error;
  }
}
