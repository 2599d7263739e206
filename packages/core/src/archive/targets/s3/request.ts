// One request to an S3-compatible store: signed, with a limit to its silence, and sent again while the failure may pass.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError, isHoldfastError } from '../../../errors.ts';
import type { S3Settings, TargetCredentials } from '../settings.ts';
import { bucketAddress } from './address.ts';
import { isPassing, readRefusal, s3Error } from './s3-error.ts';
import { canonicalQuery, encode, type Signer, sha256, sign } from './sign.ts';

export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Of the object; empty for the bucket. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface RetryOptions {
  /** Milliseconds of silence after which a request counts as lost. */
  readonly timeout: number;
  /** How often a request is sent at most. */
  readonly attempts: number;
  /** Milliseconds before the second; doubled each time, up to ten seconds. */
  readonly pause: number;
}

const nothing = new Uint8Array();
/** Bytes of an answer that is no archive. */
const longest = 16 * 2 ** 20;

export class S3Client {
  readonly place: string;
  readonly #base: URL;
  readonly #bucketPath: string;
  readonly #signer: Signer;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #retry: RetryOptions;

  constructor(settings: S3Settings, credentials: TargetCredentials, retry: RetryOptions) {
    const { bucket, prefix, region } = settings;
    this.place = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    if (accessKeyId === undefined || secretAccessKey === undefined)
      throw new HoldfastError('TARGET_AUTH', `${this.place}: accessKeyId and secretAccessKey are not given`);
    this.#signer = { accessKeyId, secretAccessKey, sessionToken, region };
    const { base, path } = bucketAddress(settings);
    this.#base = base;
    this.#bucketPath = path;
    this.#agent = new (this.#base.protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true });
    this.#retry = retry;
  }

  /** An answer with a status below 300. @throws TARGET_… */
  async ask(ask: Ask): Promise<Answer> {
    return this.retrying(async () => {
      const message = await this.#send(ask);
      const body = await this.#whole(message);
      const status = message.statusCode!;
      // Some answers begin before the store knows how it ends.
      const failed = status >= 300 || (ask.method !== 'GET' && body.subarray(0, 200).includes('<Error>'));
      if (failed) throw new Refused(this.#what(ask), Math.max(status, 300), body.toString());
      return { status, headers: message.headers, body };
    });
  }

  /** As it comes in; silence in the middle is TARGET_UNREACHABLE. */
  async stream(ask: Ask): Promise<IncomingMessage> {
    return this.retrying(async () => {
      const message = await this.#send(ask);
      if (message.statusCode! < 300) return message;
      throw new Refused(this.#what(ask), message.statusCode!, (await this.#whole(message)).toString());
    });
  }

  /** Does it again while the failure is one that may pass. @throws the last one, as TARGET_… */
  async retrying<T>(work: () => Promise<T>): Promise<T> {
    const { attempts, pause } = this.#retry;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const lost = !(error instanceof Refused) && !isHoldfastError(error);
        const passing = lost || (error instanceof Refused && isPassing(error.refusal));
        if (!passing || attempt >= attempts) throw this.explain(error);
      }
      const most = Math.min(pause * 2 ** (attempt - 1), 10_000);
      await wait(most * (0.5 + Math.random() / 2));
    }
  }

  explain(error: unknown): unknown {
    if (error instanceof Refused) return s3Error(error.what, error.refusal);
    if (isHoldfastError(error)) return error;
    const { message, code } = error as NodeJS.ErrnoException;
    return new HoldfastError('TARGET_UNREACHABLE', `${this.place}: ${this.#base.host}: ${message || code}`, {
      cause: error,
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #send({ method, key, query = {}, headers = {}, body = nothing }: Ask): Promise<IncomingMessage> {
    const path = `${this.#bucketPath}/${(key ?? '').split('/').map(encode).join('/')}`;
    const unsigned = { method, host: this.#base.host, path, query, headers, bodyHash: sha256(body) };
    const signed = sign(unsigned, this.#signer, Date.now());
    const sent = canonicalQuery(query);
    const send = this.#base.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(
        {
          method,
          agent: this.#agent,
          hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
          port: this.#base.port,
          path: sent === '' ? path : `${path}?${sent}`,
          headers: { ...signed, 'content-length': body.length },
          timeout: this.#retry.timeout,
        },
        resolve,
      );
      request.on('timeout', () => request.destroy(new Error(`no answer for ${this.#retry.timeout} ms`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  async #whole(message: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of message as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > longest)
        throw new HoldfastError('TARGET_FAILED', `${this.place}: the store's answer does not end`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #what(ask: Ask): string {
    return ask.key === undefined ? this.place : `${this.place}: ${ask.key}`;
  }
}

/** An answer that is no success; becomes an error of the table when it is clear that it stays. */
class Refused extends Error {
  readonly what: string;
  readonly refusal;

  constructor(what: string, status: number, body: string) {
    super(`status ${status}`);
    this.what = what;
    this.refusal = readRefusal(status, body);
  }
}
