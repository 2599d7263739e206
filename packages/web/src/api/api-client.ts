// Requests to the API of this server, and its refusals as errors.

export type Query = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined | null>
>;

/** What the server refused, and why; or that it cannot be reached. */
export class Refusal extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** 0: no answer at all. */
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(status: number, error: { code: string; message: string; hint?: string; details?: object }) {
    super(error.message);
    this.name = 'Refusal';
    this.status = status;
    this.code = error.code;
    this.hint = error.hint;
    this.details = (error.details ?? {}) as Readonly<Record<string, unknown>>;
  }
}

export interface Sent {
  readonly query?: Query;
  readonly body?: unknown;
  /** A file as it is, instead of JSON. */
  readonly file?: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export const pathOf = (...parts: readonly string[]): string =>
  parts.map((part) => `/${encodeURIComponent(part)}`).join('');

function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === '' || value === false) return [];
    return Array.isArray(value) ? value.map((each) => [name, String(each)]) : [[name, String(value)]];
  });
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs as [string, string][])}`;
}

export class ApiClient {
  /** Of the session; every change sends it. */
  csrf: string | null = null;

  get<Answer>(path: string, sent: Sent = {}): Promise<Answer> {
    return this.send<Answer>('GET', path, sent);
  }

  post<Answer>(path: string, body: unknown = {}): Promise<Answer> {
    return this.send<Answer>('POST', path, { body });
  }

  /** @throws Refusal */
  async send<Answer>(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { json } = await this.ask<Answer>(method, path, sent);
    return json;
  }

  /** @throws Refusal */
  async ask<Answer>(method: string, path: string, { query, body, file, headers, signal }: Sent = {}) {
    let response: Response;
    try {
      response = await fetch(`/api/v1${path}${queryText(query)}`, {
        method,
        headers: {
          ...(method === 'GET' || this.csrf === null ? {} : { 'x-holdfast-csrf': this.csrf }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(file === undefined ? {} : { 'content-type': 'application/octet-stream' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(file === undefined ? {} : { body: file }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new Refusal(0, {
        code: 'SERVER_UNREACHABLE',
        message: 'the server does not answer',
        hint: 'Check that it runs and that this machine reaches it; this page goes on by itself once it does',
      });
    }
    const text = await response.text();
    const json = text === '' ? undefined : JSON.parse(text);
    if (!response.ok)
      throw new Refusal(
        response.status,
        json?.error ?? { code: 'ANSWER_UNKNOWN', message: `the server answered ${response.status}` },
      );
    return { json: json as Answer, etag: response.headers.get('etag') };
  }
}
