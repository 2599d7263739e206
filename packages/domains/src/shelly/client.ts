// One device over HTTP: Gen1 paths with basic sign-in, RPC with digest sign-in from Gen2 on, its errors in our words.

import { HoldfastError, isHoldfastError } from '@holdfast/core';
import { isRaw, type Raw } from '../decode.ts';
import { type Response, Transport } from '../http/request.ts';
import { addressText, type Target } from './addresses.ts';
import { isTooDeep } from './depth.ts';
import { DigestSession, parseChallenge } from './digest.ts';

export interface ClientOptions {
  readonly target: Target;
  readonly password: string | undefined;
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The only user there is. */
const user = 'admin';
/** Devices have a few hundred kilobytes of memory; what sends more is none. */
const maxBytes = 1024 * 1024;

type Send = (authorization: string | undefined) => Promise<Response>;
type Parameters = Readonly<Record<string, unknown>>;

export class ShellyClient {
  readonly address: string;
  readonly #transport: Transport;
  readonly #password: string | undefined;
  readonly #signal: AbortSignal | undefined;
  #session: DigestSession | undefined;
  #posts = true;
  #id = 0;

  constructor({ target, password, timeoutMs, connectTimeoutMs, signal }: ClientOptions) {
    this.address = addressText(target);
    // One connection at a time: the small ones have no room for more.
    this.#transport = new Transport({
      origin: new URL(`http://${this.address}`),
      connections: 1,
      timeoutMs,
      connectTimeoutMs: Math.min(connectTimeoutMs, timeoutMs),
      maxBytes,
    });
    this.#password = password;
    this.#signal = signal;
  }

  close(): void {
    this.#transport.close();
  }

  /** What answers without sign-in. Whoever asks for a password here is no Shelly, and gets none. */
  async open(path: string): Promise<Raw> {
    return object(await this.#get(path)(undefined), `GET ${this.#where(path)}`);
  }

  /** A Gen1 path. @throws a SOURCE_ or RESPONSE_ error naming the request */
  async get(path: string): Promise<Raw> {
    const what = `GET ${this.#where(path)}`;
    const send = this.#get(path);
    const response = await send(undefined);
    if (response.status !== 401) return object(response, what);
    const password = this.#required(what);
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    return object(this.#accepted(await send(`Basic ${basic}`), what), what);
  }

  /** An RPC method. Asked by POST; of what knows only GET, by GET. @throws a SOURCE_ or RESPONSE_ error */
  async call(method: string, parameters: Parameters = {}): Promise<Raw> {
    if (this.#posts) {
      const answer = await this.#post(method, parameters);
      if (answer !== undefined) return answer;
      this.#posts = false;
    }
    const query = Object.entries(parameters)
      .map(([name, value]) => `${name}=${encodeURIComponent(JSON.stringify(value))}`)
      .join('&');
    const path = `/rpc/${method}${query === '' ? '' : `?${query}`}`;
    const what = `GET ${this.#where(path)}`;
    return object(await this.#digested('GET', path, this.#get(path), what), what);
  }

  /** @returns undefined where nothing understands RPC by POST */
  async #post(method: string, parameters: Parameters): Promise<Raw | undefined> {
    const what = `${method} at ${this.address}`;
    const params = Object.keys(parameters).length === 0 ? {} : { params: parameters };
    const body = JSON.stringify({ id: ++this.#id, src: 'holdfast', method, ...params });
    const send: Send = (authorization) =>
      this.#transport.request({
        method: 'POST',
        path: '/rpc',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body,
        repeatable: true,
        signal: this.#signal,
      });
    const response = await this.#digested('POST', '/rpc', send, what);
    const frame = parse(response);
    if (isRaw(frame) && isRaw(frame['error'])) throw rpcError(frame['error'], what);
    if ([400, 404, 405, 501].includes(response.status)) return undefined;
    const { result } = object(response, what);
    return isRaw(result) ? result : undefined;
  }

  #get(path: string): Send {
    return (authorization) =>
      this.#transport.request({
        path,
        ...(authorization === undefined ? {} : { headers: { authorization } }),
        signal: this.#signal,
      });
  }

  async #digested(method: string, uri: string, send: Send, what: string): Promise<Response> {
    let response = await send(this.#session?.header(method, uri));
    // A nonce may run out between two requests, and once more right after it was given; a wrong password does not heal.
    for (let again = 0; response.status === 401 && again < 3; again++) {
      const challenge = parseChallenge(response.headers['www-authenticate'] ?? '');
      if (again > 0 && challenge?.stale !== true) break;
      const password = this.#required(what);
      if (challenge === undefined || !/^sha-256$/i.test(challenge.algorithm))
        throw new HoldfastError('SOURCE_AUTH', `${what} asks for a sign-in other than digest with SHA-256`);
      this.#session = new DigestSession(challenge, user, password);
      response = await send(this.#session.header(method, uri));
    }
    return this.#accepted(response, what);
  }

  #required(what: string): string {
    if (this.#password !== undefined) return this.#password;
    throw new HoldfastError('SOURCE_AUTH', `${what} needs a password, and the source has none`, {
      hint: 'Add the source with --password-file FILE',
    });
  }

  #accepted(response: Response, what: string): Response {
    if (response.status !== 401) return response;
    throw new HoldfastError('SOURCE_AUTH', `${what} refuses the password`, { details: { status: 401 } });
  }

  #where(path: string): string {
    return `http://${this.address}${path.split('?')[0]}`;
  }
}

function parse({ body }: Response): unknown {
  try {
    return JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** The one object that a good answer is. */
function object(response: Response, what: string): Raw {
  const parsed = parse(response);
  const { status, reason } = response;
  if (status < 200 || status > 299) throw statusError(status, isRaw(parsed) ? parsed : {}, reason, what);
  if (parsed === undefined) throw new HoldfastError('RESPONSE_NOT_JSON', `${what} does not answer in JSON`);
  if (!isRaw(parsed)) throw new HoldfastError('RESPONSE_UNEXPECTED', `${what} answers with no object`);
  if (isTooDeep(parsed)) throw new HoldfastError('RESPONSE_UNEXPECTED', `${what} answers too deeply nested`);
  return parsed;
}

const printable = (text: unknown): string =>
  String(text ?? '')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300);

function rpcError(error: Raw, what: string): HoldfastError {
  const code = Number(error['code']);
  return codeError(code, `${what}: ${printable(error['code'])} ${printable(error['message'])}`);
}

/** Also by GET, what went wrong in RPC stands in the body. */
function statusError(status: number, body: Raw, reason: string, what: string): HoldfastError {
  if (status >= 300 && status < 400)
    return new HoldfastError('RESPONSE_UNEXPECTED', `${what}: ${status} ${reason}`, {
      hint: 'The address redirects: a device does not',
    });
  const code = Number.isInteger(body['code']) && status >= 500 ? Number(body['code']) : status;
  return codeError(code, `${what}: ${status} ${printable(body['message'] ?? reason)}`);
}

function codeError(code: number, message: string): HoldfastError {
  const details = { status: code };
  if (code === 401) return new HoldfastError('SOURCE_AUTH', message, { details });
  if (code === 403)
    return new HoldfastError('SOURCE_FORBIDDEN', message, {
      details,
      hint: 'Check the settings of the device',
    });
  if (code === 404 || code === 405 || code === 501)
    return new HoldfastError('SOURCE_UNSUPPORTED', message, { details });
  return new HoldfastError('SOURCE_FAILED', message, { details });
}

/** The device answered, but does not have what was asked for. */
export const isUnsupported = (error: unknown): boolean =>
  isHoldfastError(error) && error.code === 'SOURCE_UNSUPPORTED';
