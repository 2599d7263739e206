// A real server over real sockets, on a store of its own.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Domain, openStore, type Store } from '@holdfast/core';
import type { Role } from '@holdfast/core/system';
import { makeToken } from '../../packages/server/src/accounts/manage-tokens.ts';
import { addUser, requireUser } from '../../packages/server/src/accounts/manage-users.ts';
import { domains } from '../../packages/server/src/cli/domains.ts';
import {
  type RunningServer,
  type ServerOptions,
  startServer,
} from '../../packages/server/src/http/server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly json: any;
  readonly text: string;
}

export interface Asked {
  readonly body?: unknown;
  /** Of the users that are there: `admin`, `operator`, `viewer`; `null` sends no token. @default 'admin' */
  readonly as?: Role | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestServer {
  readonly url: string;
  readonly store: Store;
  readonly data: string;
  readonly running: RunningServer;
  readonly tokens: Readonly<Record<Role, string>>;
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
  get(path: string, asked?: Asked): Promise<Answer>;
  post(path: string, body?: unknown, asked?: Asked): Promise<Answer>;
  /** The job as it is once it has ended. */
  ended(answer: Answer): Promise<Answer['json']>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const password = 'correct horse battery staple';

/** @param options `users`: make an admin, an operator and a viewer with a token each. @default true */
export async function openServer({
  users = true,
  url = '',
  beside,
  ...more
}: {
  /** Another server, whose database and data folder it shares. */
  readonly beside?: TestServer;
  readonly users?: boolean;
  readonly url?: string;
} & Pick<ServerOptions, 'arrivalMs' | 'longReadMs' | 'oidc' | 'redis'> = {}): Promise<TestServer> {
  const data = beside?.data ?? mkdtempSync(join(tmpdir(), 'holdfast-server-'));
  const place = beside?.running.context.place ?? {
    url: url === '' ? `sqlite:${join(data, 'holdfast.db')}` : url,
    folder: data,
    keyFile: join(data, 'secret.key'),
    intents: join(data, 'intents'),
    backups: join(data, 'backups'),
  };
  const store = (await openStore({ ...place, domains: domains as readonly Domain[] })) as Store;
  const tokens = { viewer: '', operator: '', admin: '', ...beside?.tokens };
  const actor = { name: 'test', via: 'cli' };
  if (users && beside === undefined)
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      await addUser(store, actor, { username: role, password, role });
      tokens[role] = (await makeToken(store, actor, await requireUser(store, role), { label: 'test' })).token;
    }
  const running = await startServer({
    ...{ store, place, data, host: '127.0.0.1', port: 0, logLevel: 'error' },
    ...more,
  });
  const ask: TestServer['ask'] = async (method, path, { body, as = 'admin', headers = {} } = {}) => {
    const response = await fetch(running.url + path, {
      method,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${tokens[as]}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  };
  return {
    ...{ url: running.url, store, data, running, tokens, ask },
    get: (path, asked) => ask('GET', path, asked),
    post: (path, body, asked) => ask('POST', path, { ...asked, body: body ?? {} }),
    async ended(answer) {
      const id = answer.json?.job?.id;
      if (id === undefined) throw new Error(`no job: ${answer.status} ${answer.text}`);
      for (;;) {
        const { json } = await ask('GET', `/api/v1/jobs/${id}`);
        if (json.finishedAt !== null) return json;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async [Symbol.asyncDispose]() {
      await running.close();
      await store.close();
      if (beside === undefined) rmSync(data, { recursive: true, force: true });
    },
  };
}
