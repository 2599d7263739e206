// One HTTP request with limits: time, size, and a certificate that is checked before anything is sent.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { HoldfastError } from '@holdfast/core';

export interface Response {
  readonly status: number;
  /** Text of the status line; some systems put the message there. */
  readonly reason: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface TransportOptions {
  /** `http://` or `https://` URL of the system. */
  readonly origin: URL;
  /** SHA-256 of the certificate, hex without colons: accepted instead of a trusted chain. */
  readonly fingerprint?: string | undefined;
  /** Accept any certificate. */
  readonly insecure?: boolean | undefined;
  /** Connections at the same time. @default 8 */
  readonly connections?: number;
  /** Longest time for one request, from its start to the last byte, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
  /** Longest time until a connection stands, in milliseconds. @default timeoutMs */
  readonly connectTimeoutMs?: number | undefined;
  /** Largest body accepted, in bytes. @default 128 MiB */
  readonly maxBytes?: number;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  /** Path with query. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Sent once more when a kept connection turns out to be closed. @default true for GET */
  readonly repeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Keeps connections to one system open between requests. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agent: HttpAgent;

  constructor(options: TransportOptions) {
    this.#options = options;
    const settings = { keepAlive: true, maxSockets: options.connections ?? 8 };
    this.#agent =
      options.origin.protocol === 'https:' ? pinningAgent(options, settings) : new HttpAgent(settings);
  }

  /**
   * @throws SOURCE_UNREACHABLE, SOURCE_TIMEOUT, SOURCE_RESET, SOURCE_TLS, SOURCE_FINGERPRINT,
   * RESPONSE_TRUNCATED, RESPONSE_TOO_LARGE, CANCELLED
   */
  async request(options: RequestOptions): Promise<Response> {
    try {
      return await this.#once(options);
    } catch (error) {
      // A kept connection may have been closed just as we used it; the request never arrived.
      const { repeatable = options.method !== 'POST' } = options;
      const stale = error instanceof Failure && error.reused && repeatable;
      if (!stale) throw error instanceof Failure ? error.error : error;
    }
    try {
      return await this.#once(options);
    } catch (error) {
      throw error instanceof Failure ? error.error : error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #once({ method = 'GET', path, headers = {}, body, signal }: RequestOptions): Promise<Response> {
    const { origin, timeoutMs = 60_000, connectTimeoutMs, maxBytes = 128 * 1024 * 1024 } = this.#options;
    const send = origin.protocol === 'https:' ? httpsRequest : httpRequest;
    const where = `${method} ${origin.origin}${path.split('?')[0]}`;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new HoldfastError('CANCELLED', `${where} was cancelled`));
      const request = send(origin, { method, path, agent: this.#agent, headers: { ...headers, ...length } });
      let settled = false;
      const end = (act: () => void): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        clearTimeout(connectTimer);
        signal?.removeEventListener('abort', cancel);
        act();
      };
      const fail = (error: HoldfastError, reused = false): void =>
        end(() => {
          reject(new Failure(error, reused));
          request.destroy();
        });
      const cancel = (): void => fail(new HoldfastError('CANCELLED', `${where} was cancelled`));
      const timer = setTimeout(
        () =>
          fail(new HoldfastError('SOURCE_TIMEOUT', `${where} did not answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      const connectTimer =
        connectTimeoutMs === undefined ? undefined : setTimeout(() => fail(noConnection()), connectTimeoutMs);
      const noConnection = (): HoldfastError =>
        new HoldfastError(
          'SOURCE_UNREACHABLE',
          `${where}: no connection within ${connectTimeoutMs! / 1000} s`,
        );
      request.on('socket', (socket) => {
        if (!socket.connecting) clearTimeout(connectTimer);
        else socket.once('connect', () => clearTimeout(connectTimer));
      });
      signal?.addEventListener('abort', cancel, { once: true });
      request.on('error', (error) =>
        fail(connectionError(error, where), request.reusedSocket && isReset(error)),
      );
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const tooLarge = (): void =>
          fail(new HoldfastError('RESPONSE_TOO_LARGE', `${where} answers with more than ${maxBytes} bytes`));
        if (Number(response.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxBytes) tooLarge();
          else chunks.push(chunk);
        });
        const cut = (): void =>
          fail(new HoldfastError('RESPONSE_TRUNCATED', `${where} broke off after ${size} bytes`));
        response.on('error', cut);
        response.on('close', () => {
          if (!response.complete) cut();
        });
        response.on('end', () => {
          if (!response.complete) return cut();
          const { statusCode = 0, statusMessage = '', headers: received } = response;
          end(() =>
            resolve({
              status: statusCode,
              reason: statusMessage,
              headers: received,
              body: Buffer.concat(chunks),
            }),
          );
        });
      });
      request.end(body);
    });
  }
}

class Failure extends Error {
  readonly error: HoldfastError;
  readonly reused: boolean;

  constructor(error: HoldfastError, reused: boolean) {
    super(error.message);
    this.error = error;
    this.reused = reused;
  }
}

/** An agent that hands out a connection only after its certificate was found to be the pinned one. */
function pinningAgent({ fingerprint, insecure }: TransportOptions, settings: AgentOptions): HttpsAgent {
  if (fingerprint === undefined)
    return new HttpsAgent({ ...settings, rejectUnauthorized: insecure !== true });
  const agent = new HttpsAgent({ ...settings, rejectUnauthorized: false });
  type Done = (error: Error | null, socket: TLSSocket) => void;
  const pinned = agent as unknown as { createConnection: (options: object, done: Done) => undefined };
  pinned.createConnection = (options, done) => {
    const socket = tlsConnect({ ...options, rejectUnauthorized: false });
    const failed = (error: Error): void => done(error, socket);
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      socket.off('error', failed);
      const presented = (socket.getPeerCertificate().fingerprint256 ?? '').replaceAll(':', '').toLowerCase();
      if (presented === fingerprint) return done(null, socket);
      socket.destroy();
      done(new FingerprintError(presented, fingerprint), socket);
    });
    return undefined;
  };
  return agent;
}

class FingerprintError extends Error {
  constructor(presented: string, pinned: string) {
    super(`the certificate is ${colons(presented)}, pinned is ${colons(pinned)}`);
  }
}

const colons = (hex: string): string => (hex.toUpperCase().match(/../g) ?? []).join(':');

const isReset = (error: Error): boolean =>
  ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');

function connectionError(error: Error, where: string): HoldfastError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (error instanceof FingerprintError)
    return new HoldfastError('SOURCE_FINGERPRINT', `${where}: ${error.message}`, options);
  if (isReset(error)) return new HoldfastError('SOURCE_RESET', `${where}: the connection was reset`, options);
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|EPROTO)/.test(code))
    return new HoldfastError('SOURCE_TLS', `${where}: ${error.message}`, options);
  if (code.startsWith('HPE_'))
    return new HoldfastError(
      'RESPONSE_UNEXPECTED',
      `${where} does not answer in HTTP: ${error.message}`,
      options,
    );
  return new HoldfastError('SOURCE_UNREACHABLE', `${where}: ${code || error.message}`, options);
}
