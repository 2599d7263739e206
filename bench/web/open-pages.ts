// A server with records, and a browser that is signed in to it.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Domain, openStore, type Store } from '@holdfast/core';
import { type BrowserContext, chromium } from 'playwright-core';
import { addUser } from '../../packages/server/src/accounts/manage-users.ts';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { findChromium } from '../../test/e2e/find-chromium.ts';
import { serve } from '../../test/e2e/serve.ts';
import { scratchPath } from '../harness/scratch.ts';

const user = { username: 'bench', password: 'a password for benches' };

export interface Pages {
  readonly url: string;
  /** A browser without anything in its cache, signed in. */
  context(): Promise<BrowserContext>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @param fill puts the records there. @throws where there is no Chromium */
export async function openPages(name: string, fill: (store: Store) => Promise<unknown>): Promise<Pages> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error('there is no Chromium: HOLDFAST_TEST_CHROMIUM=PATH names one');
  const script = fileURLToPath(new URL('../../scripts/web-built.ts', import.meta.url));
  execFileSync(process.execPath, [script], { stdio: 'pipe' });
  const data = scratchPath(name);
  mkdirSync(data, { recursive: true });
  const store = (await openStore({
    url: `sqlite:${join(data, 'holdfast.db')}`,
    keyFile: join(data, 'secret.key'),
    domains: domains as readonly Domain[],
  })) as Store;
  await addUser(store, { name: 'bench', via: 'cli' }, { ...user, role: 'admin' });
  await fill(store);
  await store.close();
  const server = await serve(data);
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  return {
    url: server.url,
    async context() {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      const answer = await context.request.post(`${server.url}/api/v1/session`, { data: user });
      if (!answer.ok()) throw new Error(`signing in: ${answer.status()}`);
      return context;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
