// The API of one Proxmox cluster: sign-in, the envelope, and its errors in our words.

import { HoldfastError } from '@holdfast/core';
import { isRaw, type Raw } from '../decode.ts';
import { type Response, Transport } from '../http/request.ts';
import type { ProxmoxCredentials, ProxmoxSettings } from './settings.ts';

/** What a list answers with; `total` where the list is paged. */
export interface Answer {
  readonly data: unknown;
  readonly total: number | undefined;
}

export interface ClientOptions {
  readonly settings: ProxmoxSettings;
  readonly credentials: ProxmoxCredentials;
  readonly signal?: AbortSignal | undefined;
}

interface Ticket {
  readonly cookie: string;
  /** Goes with every write. */
  readonly csrf: string;
}

export class ProxmoxClient {
  readonly #transport: Transport;
  readonly #prefix: string;
  readonly #credentials: ProxmoxCredentials;
  readonly #signal: AbortSignal | undefined;
  #ticket: Promise<Ticket> | undefined;

  constructor({ settings, credentials, signal }: ClientOptions) {
    const endpoint = new URL(settings.endpoint);
    this.#prefix = `${endpoint.pathname.replace(/\/$/, '')}/api2/json`;
    this.#transport = new Transport({
      origin: new URL(endpoint.origin),
      fingerprint: settings.fingerprint,
      insecure: settings.insecure,
      ...(settings.timeoutMs === undefined ? {} : { timeoutMs: settings.timeoutMs }),
    });
    this.#credentials = credentials;
    this.#signal = signal;
  }

  /** @throws a SOURCE_ or RESPONSE_ error naming the request */
  async get(path: string): Promise<Answer> {
    return envelope(await this.#authorised('GET', path), `GET ${path.split('?')[0]}`);
  }

  /** A list of objects. @throws RESPONSE_UNEXPECTED when the answer is anything else, an empty one included */
  async list(path: string): Promise<{ rows: Raw[]; total: number | undefined }> {
    const { data, total } = await this.get(path);
    if (!Array.isArray(data) || !data.every(isRaw))
      throw new HoldfastError('RESPONSE_UNEXPECTED', `GET ${path.split('?')[0]} answers with no list`);
    return { rows: data, total };
  }

  /** One object. @throws RESPONSE_UNEXPECTED */
  async object(path: string): Promise<Raw> {
    const { data } = await this.get(path);
    if (isRaw(data)) return data;
    throw new HoldfastError('RESPONSE_UNEXPECTED', `GET ${path.split('?')[0]} answers with no object`);
  }

  close(): void {
    this.#transport.close();
  }

  async #authorised(method: 'GET' | 'POST', path: string): Promise<Response> {
    const send = async (): Promise<Response> =>
      this.#transport.request({
        method,
        path: `${this.#prefix}${path}`,
        headers: await this.#headers(method),
        signal: this.#signal,
      });
    const response = await send();
    if (response.status !== 401 || this.#credentials.token !== undefined) return response;
    // A ticket lives two hours, and keys rotate daily: sign in once more.
    this.#ticket = undefined;
    return send();
  }

  async #headers(method: 'GET' | 'POST'): Promise<Record<string, string>> {
    const { token } = this.#credentials;
    if (token !== undefined) return { authorization: `PVEAPIToken=${token}` };
    this.#ticket ??= this.#signIn();
    const { cookie, csrf } = await this.#ticket;
    return { cookie: `PVEAuthCookie=${cookie}`, ...(method === 'GET' ? {} : { CSRFPreventionToken: csrf }) };
  }

  async #signIn(): Promise<Ticket> {
    const { user = '', password = '' } = this.#credentials;
    const response = await this.#transport.request({
      method: 'POST',
      path: `${this.#prefix}/access/ticket`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ username: user, password }).toString(),
      signal: this.#signal,
    });
    const { data } = envelope(response, 'POST /access/ticket');
    const { ticket, CSRFPreventionToken: csrf } = isRaw(data) ? data : {};
    if (typeof ticket !== 'string' || typeof csrf !== 'string')
      throw new HoldfastError('RESPONSE_UNEXPECTED', 'POST /access/ticket answers without a ticket');
    if (ticket.startsWith('PVE:!tfa!') || ticket.startsWith('!tfa!'))
      throw new HoldfastError('SOURCE_AUTH', `${user} needs a second factor`, {
        hint: 'Use an API token: tokens need no second factor',
      });
    return { cookie: encodeURIComponent(ticket), csrf };
  }
}

function envelope(response: Response, what: string): Answer {
  if (response.status < 200 || response.status > 299) throw statusError(response, what);
  let parsed: unknown;
  try {
    parsed = JSON.parse(response.body.toString('utf8'));
  } catch {
    throw new HoldfastError('RESPONSE_NOT_JSON', `${what} does not answer in JSON`);
  }
  if (!isRaw(parsed) || !('data' in parsed) || parsed['data'] === null)
    throw new HoldfastError('RESPONSE_UNEXPECTED', `${what} answers without data`);
  const total = Number(parsed['total']);
  return { data: parsed['data'], total: Number.isSafeInteger(total) ? total : undefined };
}

/** Statuses in the 590s come from a node that passes the request on to another one. */
function statusError(response: Response, what: string): HoldfastError {
  const { status } = response;
  const message = `${what}: ${status} ${reasonOf(response)}`.trimEnd();
  const details = { status };
  if (status === 401) return new HoldfastError('SOURCE_AUTH', message, { details });
  if (status === 403) return new HoldfastError('SOURCE_FORBIDDEN', message, { details });
  if (status === 501 || status === 404) return new HoldfastError('SOURCE_UNSUPPORTED', message, { details });
  if (status === 595) return new HoldfastError('SOURCE_NODE_OFFLINE', message, { details });
  if (status === 596) return new HoldfastError('SOURCE_UNREACHABLE', message, { details });
  if (status >= 300 && status < 400)
    return new HoldfastError('RESPONSE_UNEXPECTED', message, {
      details,
      hint: 'The endpoint redirects: use the https address itself',
    });
  return new HoldfastError('SOURCE_FAILED', message, { details });
}

/** The status line carries the message; newer versions repeat it in the body, where HTTP/2 cannot lose it. */
function reasonOf({ reason, body }: Response): string {
  let message: unknown;
  if (body.length > 0 && body.length < 65_536) {
    try {
      message = (JSON.parse(body.toString('utf8')) as { message?: unknown }).message;
    } catch {
      // No JSON, no message.
    }
  }
  const text = typeof message === 'string' && message.trim() !== '' ? message : reason;
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 300);
}
