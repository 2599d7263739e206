// A browser that looks at a server of its own, and all that went wrong in it, refusals included.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import { chromium, type Page } from 'playwright-core';

export interface TestBrowser {
  readonly page: Page;
  /** What was logged as an error, thrown, refused, asked of another host, or is a fault of accessibility. */
  readonly faults: readonly string[];
  /** Notes faults of accessibility, and keeps a picture of it among the artefacts. */
  inspect(name: string): Promise<void>;
  picture(name: string): Promise<void>;
  /** The news of the corner since the page was loaded: they go away by themselves. */
  told(): Promise<readonly string[]>;
  /** What goes wrong meanwhile is told here, and nowhere else. */
  during(act: () => Promise<void>): Promise<readonly string[]>;
  close(): Promise<void>;
}

const artefacts =
  process.env['HOLDFAST_TEST_ARTEFACTS'] ?? fileURLToPath(new URL('../../coverage/e2e', import.meta.url));

/** Waits for what fades in or out, but not for what moves without end. */
const settled = `Promise.allSettled(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .map(({ finished }) => finished))`;

/** Keeps what is told in the corner. */
const keepTold = `globalThis.told = [];
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) {
        const news = node.nodeType !== 1 ? null
          : node.matches('.mantine-Notification-root') ? node : node.querySelector('.mantine-Notification-root');
        if (news !== null) told.push(news.textContent);
      }
  }).observe(document, { childList: true, subtree: true });`;

interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

export async function openBrowser(executablePath: string, url: string): Promise<TestBrowser> {
  // The sandbox of the browser wants a user that is not root.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'light',
    timezoneId: 'UTC',
    // Nothing is waited for that only moves.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(30_000);
  await context.addInitScript(keepTold);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(`thrown: ${message}`));
  page.on('console', (message) => {
    // Refusals are told apart below.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load'))
      faults.push(`logged: ${message.text()}`);
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(url) && !asked.startsWith('data:')) faults.push(`asked another host: ${asked}`);
  });
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() >= 400)
      faults.push(`${response.request().method()} ${pathname}: ${response.status()}`);
  });
  mkdirSync(artefacts, { recursive: true });
  const picture = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(artefacts, `${name}.png`) });
  };
  return {
    ...{ page, faults, picture },
    told: () => page.evaluate('told'),
    async inspect(name) {
      // Colours are measured once nothing fades in any more.
      await page.evaluate(settled);
      await picture(name);
      if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
      const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as Found;
      for (const { id, help, nodes } of violations)
        for (const { html, failureSummary } of nodes)
          faults.push(`${name}: ${id}: ${help}: ${html.slice(0, 300)} ${failureSummary}`);
    },
    async during(act) {
      const before = faults.length;
      await act();
      return faults.splice(before);
    },
    close: () => browser.close(),
  };
}
