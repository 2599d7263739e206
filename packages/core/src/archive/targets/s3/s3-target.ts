// Archives in an S3-compatible store.

import type { IncomingMessage } from 'node:http';
import { HoldfastError, isHoldfastError } from '../../../errors.ts';
import { fromDate, type Instant, parseInstant } from '../../../schema/instant.ts';
import { checkName, isName } from '../names.ts';
import type { S3Settings } from '../settings.ts';
import type { ByteRange, StoredFile, Target, UnfinishedUpload, Upload, WriteOptions } from '../target.ts';
import type { S3Client } from './request.ts';
import { abortUpload, openS3Upload, partSizeFor } from './s3-upload.ts';
import { key as decodeKey, listUploads } from './uploads.ts';
import { elements, text } from './xml.ts';

export class S3Target implements Target {
  readonly kind = 's3';
  readonly place: string;
  readonly #client: S3Client;
  readonly #prefix: string;
  readonly #partSize: number;

  constructor(client: S3Client, { prefix, partSize }: S3Settings) {
    this.place = client.place;
    this.#client = client;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#partSize = partSize;
  }

  async check(): Promise<void> {
    const query = { 'list-type': '2', 'max-keys': '1', prefix: this.#prefix };
    await this.#bucket(this.#client.ask({ method: 'GET', query }));
  }

  async *list(): AsyncIterable<StoredFile> {
    let marker: Record<string, string> = {};
    for (;;) {
      const query = {
        'list-type': '2',
        prefix: this.#prefix,
        delimiter: '/',
        'encoding-type': 'url',
        ...marker,
      };
      const { body } = await this.#bucket(this.#client.ask({ method: 'GET', query }));
      const xml = body.toString();
      for (const object of elements(xml, 'Contents')) {
        const name = decodeKey(xml, text(object, 'Key')!).slice(this.#prefix.length);
        const modifiedAt = parseInstant(text(object, 'LastModified')!);
        if (isName(name)) yield { name, size: Number(text(object, 'Size')), modifiedAt };
      }
      if (text(xml, 'IsTruncated') !== 'true') return;
      marker = { 'continuation-token': text(xml, 'NextContinuationToken')! };
    }
  }

  async stat(name: string): Promise<StoredFile | undefined> {
    checkName(name);
    try {
      const { headers } = await this.#client.ask({ method: 'HEAD', key: this.#prefix + name });
      const modifiedAt = fromDate(new Date(headers['last-modified'] ?? 0));
      return { name, size: Number(headers['content-length']), modifiedAt };
    } catch (error) {
      if (!isHoldfastError(error) || error.code !== 'TARGET_NOT_FOUND') throw error;
      // The answer to HEAD has no body that could tell a missing bucket from a missing object.
      await this.check();
      return undefined;
    }
  }

  /** A stream that breaks off is asked for again from where it was, as long as it gets any further. */
  async *read(name: string, range?: ByteRange): AsyncIterable<Uint8Array> {
    checkName(name);
    const start = range?.start ?? 0;
    const end = range?.end ?? (await this.#requireSize(name));
    let at = start;
    let etag: string | undefined;
    while (at < end) {
      const headers = { range: `bytes=${at}-${end - 1}`, ...(etag && { 'if-match': etag }) };
      const message = await this.#open(name, headers, at);
      etag ??= message.headers.etag;
      const before = at;
      try {
        for await (const bytes of message as AsyncIterable<Buffer>) {
          if (at + bytes.length > end) throw this.#wrongRange(name, at);
          at += bytes.length;
          yield bytes;
        }
      } catch (error) {
        if (isHoldfastError(error) || at === before) throw this.#client.explain(error);
      } finally {
        message.destroy();
      }
      if (at === before) throw this.#wrongRange(name, at);
    }
  }

  async write(name: string, { resume, size }: WriteOptions = {}): Promise<Upload> {
    checkName(name);
    if ((await this.stat(name)) !== undefined)
      throw new HoldfastError('TARGET_EXISTS', `${this.place} has an archive ${name} already`);
    const options = {
      client: this.#client,
      name,
      key: this.#prefix + name,
      partSize: partSizeFor(resume?.size ?? size, this.#partSize),
      stat: () => this.stat(name),
    };
    return openS3Upload(options, resume);
  }

  async delete(name: string): Promise<void> {
    checkName(name);
    try {
      await this.#client.ask({ method: 'DELETE', key: this.#prefix + name });
    } catch (error) {
      if (!isHoldfastError(error) || error.code !== 'TARGET_NOT_FOUND') throw error;
    }
  }

  async *listUnfinished(): AsyncIterable<UnfinishedUpload> {
    for await (const upload of listUploads(this.#client, this.#prefix)) if (isName(upload.name)) yield upload;
  }

  async removeUnfinished(before: Instant): Promise<readonly UnfinishedUpload[]> {
    const removed: UnfinishedUpload[] = [];
    for await (const upload of this.listUnfinished()) if (upload.modifiedAt < before) removed.push(upload);
    for (const { name, id } of removed) await abortUpload(this.#client, this.#prefix + name, id);
    return removed;
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  /** What is not found where no object was asked for is the bucket. */
  async #bucket<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!isHoldfastError(error) || error.code !== 'TARGET_NOT_FOUND') throw error;
      throw new HoldfastError('TARGET_MISSING', `${this.place}: there is no such bucket`, { cause: error });
    }
  }

  async #open(name: string, headers: Record<string, string>, at: number): Promise<IncomingMessage> {
    try {
      const message = await this.#client.stream({ method: 'GET', key: this.#prefix + name, headers });
      const from = /^bytes (\d+)-/.exec(message.headers['content-range'] ?? '')?.[1];
      if ((from === undefined ? 0 : Number(from)) === at) return message;
      message.destroy();
      throw this.#wrongRange(name, at);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      const status = error.details?.['status'];
      if (status === 416 || status === 412) throw this.#wrongRange(name, at, error);
      throw error;
    }
  }

  async #requireSize(name: string): Promise<number> {
    const stat = await this.stat(name);
    if (stat !== undefined) return stat.size;
    throw new HoldfastError('TARGET_NOT_FOUND', `${this.place}: ${name} is not there`);
  }

  #wrongRange(name: string, at: number, cause?: unknown): HoldfastError {
    const message = `${this.place}: ${name} does not have the bytes from ${at} that were asked for`;
    return new HoldfastError('TARGET_CORRUPT', message, { cause });
  }
}
