// What the flows through the pages share: a server, a simulated cluster, a browser that is signed in.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeDemoCluster, type Simulator, startSimulator } from '@holdfast/domains/proxmox/simulator';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { openBrowser, type TestBrowser } from './open-browser.ts';
import { type Served, serve } from './serve.ts';

export const password = 'correct horse battery staple';

export interface Lab {
  readonly simulator: Simulator;
  readonly server: Served;
  readonly browser: TestBrowser;
  readonly page: Page;
  /** A program's requests, with a token of its own once the first admin is there. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
  ask(method: string, path: string, body?: object): Promise<any>;
  /** Nothing that a flow which failed has left open is in the way of the next. */
  begin(): Promise<void>;
  /** Opens a page by its link, and waits for its title. */
  go(link: string, title?: string): Promise<void>;
  /** Everything that the page asked for is there. */
  loaded(): Promise<void>;
  /** It was told in the corner, be it gone again by now. */
  told(news: RegExp): Promise<void>;
  /** The records that pages change are these and no others, whatever flows before this one left. */
  templates(...names: readonly string[]): Promise<void>;
  signIn(username: string, phrase?: string): Promise<void>;
  signOut(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openLab(chromium: string): Promise<Lab> {
  const script = fileURLToPath(new URL('../../scripts/web-built.ts', import.meta.url));
  execFileSync(process.execPath, [script], { stdio: 'pipe' });
  const [simulator, server] = await Promise.all([startSimulator({ cluster: makeDemoCluster() }), serve()]);
  const browser = await openBrowser(chromium, server.url);
  const { page } = browser;
  let token = '';
  const ask: Lab['ask'] = async (method, path, body) => {
    token ||= await makeToken(page);
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const signIn: Lab['signIn'] = async (username, phrase = password) => {
    await page.getByRole('textbox', { name: 'Name' }).fill(username);
    await page.getByRole('textbox', { name: 'Password' }).fill(phrase);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  return {
    ...{ simulator, server, browser, page, ask, signIn },
    async begin() {
      await page.context().setOffline(false);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.context().clearCookies();
      await page.goto(server.url);
      const heading = page.getByRole('heading', { level: 1 });
      await heading.waitFor();
      // Not where there is no admin yet.
      if ((await heading.textContent()) !== 'Sign in to Holdfast') return;
      await signIn('admin');
      await page.getByRole('button', { name: 'Account of admin' }).waitFor();
    },
    async go(link, title = link) {
      await page.getByRole('navigation').getByRole('link', { name: link, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
    },
    async loaded() {
      await page.locator('main [aria-busy="true"]').first().waitFor({ state: 'detached' });
    },
    async told(news) {
      await expect.poll(browser.told).toContainEqual(expect.stringMatching(news));
    },
    async templates(...names) {
      const path = '/resources/shelly.template';
      const { items } = await ask('GET', `${path}?limit=1000`);
      const operations = items.map(({ id }: { id: string }) => ({ op: 'delete', id, ifMatch: '*' }));
      if (operations.length > 0) await ask('POST', `${path}/bulk`, { operations });
      for (const name of names)
        await ask('POST', path, {
          ...{ id: crypto.randomUUID(), name, scope: 'group' },
          ...{ generation: 0, config: {}, isDefault: false },
        });
    },
    async signOut() {
      await page.getByRole('button', { name: /^Account of/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByRole('heading', { level: 1, name: 'Sign in to Holdfast' }).waitFor();
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server[Symbol.asyncDispose]();
      await simulator.close();
    },
  };
}

/** By the session of the page, as the page of tokens does it. */
async function makeToken(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const session = (await (await fetch('/api/v1/session')).json()) as { csrf: string };
    const answer = await fetch('/api/v1/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-holdfast-csrf': session.csrf },
      body: JSON.stringify({ label: 'test' }),
    });
    return ((await answer.json()) as { token: string }).token;
  });
}
