// An operator's way through the pages: from the one-time token to a restore.

import { setTimeout as wait } from 'node:timers/promises';
import { setStatus } from '@holdfast/domains/proxmox/simulator';
import type { Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findChromium } from './find-chromium.ts';
import { backupFlows } from './flows/backups.ts';
import { peopleFlows } from './flows/people.ts';
import { placeFlows } from './flows/places.ts';
import { recordFlows } from './flows/records.ts';
import { sourceFlows } from './flows/sources.ts';
import { type Lab, openLab, password } from './lab.ts';
import type { TestBrowser } from './open-browser.ts';

const chromium = findChromium();
if (chromium === undefined)
  process.stderr.write(
    'not run: the pages in a browser: no Chromium; HOLDFAST_TEST_CHROMIUM=PATH names one\n',
  );

describe.skipIf(chromium === undefined)('the pages in a browser', () => {
  let lab: Lab;
  let browser: TestBrowser;
  /** When the guest ran that is stopped since. */
  let running = '';

  beforeAll(async () => {
    lab = await openLab(chromium!);
    browser = lab.browser;
    // The pages may have to be built first.
  }, 300_000);

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || lab === undefined) return;
    await browser.picture(`failed-${task.name.slice(0, 30)}`);
    await lab.begin();
  });

  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  test('the one-time token makes the first admin', async () => {
    const { page } = browser;
    const sizes: Promise<number>[] = [];
    const measure = (request: Request): void => {
      if (!request.url().includes('/api/')) sizes.push(request.sizes().then((size) => size.responseBodySize));
    };
    page.on('requestfinished', measure);
    await page.goto(lab.server.url);
    await page.getByLabel('One-time token').fill('not the token');
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Make the first admin' }).click();
    await page.getByRole('alert').waitFor();
    await browser.inspect('01-set-up-refused');
    await page.getByLabel('One-time token').fill(lab.server.token ?? '');
    await page.getByRole('button', { name: 'Make the first admin' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.waitForLoadState('networkidle');
    page.off('requestfinished', measure);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(300_000);
    await page.getByRole('heading', { name: 'How to begin' }).waitFor();
    await browser.inspect('02-overview-empty');
  });

  test('a source is tested, added and read', async () => {
    const { page } = browser;
    await lab.go('Sources');
    await page.getByRole('button', { name: 'Add a source' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('homelab');
    await dialog.getByLabel('endpoint').fill(lab.simulator.url);
    await dialog.getByRole('textbox', { name: 'token' }).fill('nobody@pve!x=wrong');
    await dialog.getByLabel('fingerprint').fill(lab.simulator.fingerprint);
    await dialog.getByRole('button', { name: 'Test', exact: true }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByRole('textbox', { name: 'token' }).fill(lab.simulator.token);
    await dialog.getByRole('button', { name: 'Test and add' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Sync now: homelab' }).click();
    await page
      .getByText(/parts not read/)
      .first()
      .waitFor();
    await browser.inspect('03-sources');
    await lab.go('Overview', 'Overview');
    await page.getByText('discovered').first().waitFor();
    await browser.inspect('04-overview');
  });

  test('a change is seen where it is looked at, without loading again', async () => {
    const { page } = browser;
    await lab.go('Inventory', 'Inventory');
    await page.getByRole('link', { name: 'proxmox.vm' }).waitFor();
    await browser.inspect('05-inventory');
    await page.getByRole('link', { name: 'proxmox.vm' }).click();
    const row = page.getByRole('row').filter({ hasText: 'opnsense' });
    await row.getByText('running').waitFor();
    await page.getByLabel('Search proxmox.vm').fill('opnsense');
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await row.getByRole('link').click();
    await page.getByRole('tab', { name: 'Desired and drift' }).click();
    await page.getByRole('button', { name: 'Set by hand' }).click();
    await page.getByLabel('Properties (JSON)').fill('{"status": "running"}');
    await page.getByRole('button', { name: 'Set it' }).click();
    await page.getByText('set by admin').waitFor();
    // An instant is chosen to the second.
    await wait(1_000 - (Date.now() % 1_000));
    running = new Date().toISOString().slice(0, 19);
    setStatus(lab.simulator.cluster, 100, 'stopped');
    await lab.ask('POST', '/sync', {});
    await page.getByText('stopped').first().waitFor();
    await page.getByRole('tab', { name: 'State' }).click();
    await browser.inspect('06-record');
    await page.getByRole('tab', { name: 'Metrics' }).click();
    await page.locator('canvas').first().waitFor();
    await browser.inspect('07-metrics');
    await page.getByRole('tab', { name: 'History' }).click();
    await page
      .getByRole('button', { name: /status/ })
      .first()
      .click();
    await page.getByRole('cell', { name: 'stopped' }).waitFor();
    await browser.inspect('08-history');
  });

  test('the inventory is put at an instant of the past', async () => {
    const { page } = browser;
    await lab.go('Inventory', 'Inventory');
    await page.getByRole('link', { name: 'proxmox.vm' }).click();
    await page.getByRole('heading', { level: 1, name: 'proxmox.vm' }).waitFor();
    await page.getByRole('button', { name: 'Now' }).click();
    await page.getByRole('button', { name: '1 h', exact: true }).click();
    await page.getByRole('slider').press('Home');
    await page.getByText(/^The inventory as it was at/).waitFor();
    // Nothing was known by then, and that is said.
    await page.getByText(/^Ask for 20/).waitFor();
    await page.getByLabel('Or exactly at').fill(running);
    await page.keyboard.press('Escape');
    await page.getByRole('row').filter({ hasText: 'opnsense' }).getByText('running').waitFor();
    await browser.inspect('09-past');
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByRole('row').filter({ hasText: 'opnsense' }).getByText('stopped').waitFor();
    await browser.inspect('10-table');
  });

  test('a drift is found and acknowledged; the timeline tells of it all', async () => {
    const { page } = browser;
    await lab.go('Drift', 'Drift');
    await page.getByRole('button', { name: 'Compare now' }).click();
    await page.getByRole('button', { name: /^Acknowledge status of homelab\/100/ }).click();
    await page.getByLabel('Reason').fill('maintenance');
    await browser.inspect('11-acknowledge');
    await page.getByRole('button', { name: 'Acknowledge it' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByText(/1 acknowledged/).waitFor();
    await browser.inspect('12-drift');
    await lab.go('Timeline', 'Timeline');
    await page.getByText('discovered').first().waitFor();
    await browser.inspect('13-timeline');
  });

  test('a backup is made, proven, and restored beside what is served, as it was tried', async () => {
    const { page } = browser;
    await lab.go('Backups');
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByRole('button', { name: 'Make it' }).click();
    const archives = page.locator('.hf-chain');
    await archives.getByText('not proven').waitFor();
    await page.getByRole('button', { name: /^Prove / }).click();
    await page.getByRole('button', { name: 'Prove it' }).click();
    await archives.getByText(/^proven /).waitFor();
    await browser.inspect('14-backups');
    await page.getByRole('link', { name: /^Restore / }).click();
    await page.getByRole('radio', { name: 'Into another database' }).click();
    await page.getByRole('button', { name: 'Dry run', exact: true }).click();
    await page.getByText(/^It would restore/).waitFor();
    await page.getByRole('button', { name: 'Restore exactly this' }).waitFor();
    await browser.inspect('15-restore-tried');
    await page.getByRole('button', { name: 'Restore exactly this' }).click();
    await page.getByText(/^Restored \d+ rows/).waitFor();
    await browser.picture('15-restored');
  });

  sourceFlows(() => lab);
  recordFlows(() => lab);
  peopleFlows(() => lab);
  backupFlows(() => lab);

  test('every other page, dark and on a phone', async () => {
    const { page } = browser;
    for (const [link, title] of [
      ['Jobs', 'Jobs'],
      ['Audit', 'Audit'],
      ['Users and tokens', 'Users and tokens'],
      ['Settings', 'Settings'],
    ] as const) {
      await lab.go(link, title);
      await lab.loaded();
      await browser.inspect(`16-${link.split(' ')[0]!.toLowerCase()}`);
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Search' }).fill('opnsense');
    await page.getByText('proxmox.vm homelab/100').first().waitFor();
    await browser.inspect('17-palette');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /opnsense/ }).waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    await browser.inspect('18-record-dark');
    await lab.go('Drift', 'Drift');
    await browser.inspect('19-drift-dark');
    await lab.go('Overview', 'Overview');
    await page.getByRole('table', { name: 'Latest changes' }).waitFor();
    await browser.inspect('20-overview-dark');
    await page.setViewportSize({ width: 390, height: 844 });
    await browser.inspect('21-overview-phone');
    await page.getByRole('button', { name: 'Navigation' }).click();
    await lab.go('Backups');
    await page.locator('.hf-chain').first().waitFor();
    await browser.inspect('22-backups-phone');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  placeFlows(() => lab);

  test('nothing failed but what was refused on purpose; no other host was asked; axe finds nothing', () => {
    // News of its last sweep may have a source read once more just when it is gone.
    const late = /^GET \/api\/v1\/sources\/spare(\/policy)?: 404$/;
    // Each of them as often as what is shown was read again.
    expect([...new Set(browser.faults)].filter((fault) => !late.test(fault))).toEqual([
      'GET /api/v1/session: 401',
      'POST /api/v1/setup: 403',
      'POST /api/v1/sources/test: 502',
      'GET /api/v1/resources/proxmox.vm/homelab%2F100/desired: 404',
      'GET /api/v1/resources/proxmox.vm: 400',
    ]);
  });
});
