// Changes of place: an archive of another program, the move of the database, and everything replaced by an archive.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  packed,
  sampleArchive,
  sampleDevice,
} from '../../../packages/domains/src/shelly/archive/test-manager.ts';
import type { Lab } from '../lab.ts';

export const placeFlows = (lab: () => Lab): void => {
  test('an archive of Shelly Manager is brought, and its devices become those of a source', async () => {
    const { page, go, ask, browser, server } = lab();
    await ask('POST', '/sources', { domain: 'shelly', name: 'flat', options: { addresses: '127.0.0.1:9' } });
    const file = join(server.data, 'manager.sma');
    writeFileSync(file, packed(sampleArchive({ devices: [sampleDevice(1), sampleDevice(2)] })));
    await go('Backups');
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('combobox', { name: 'Its devices become those of the source' }).waitFor();
    await browser.inspect('41-shelly-manager');
    await page.getByRole('button', { name: 'Dry run', exact: true }).click();
    await page.getByText(/^It would restore/).waitFor();
    await page.getByRole('button', { name: 'Agree and do it' }).click();
    await page.getByText(/^Restored/).waitFor();
    expect((await ask('GET', '/resources/shelly.device')).items).toHaveLength(2);
  });

  test('the database moves to another place, and the page goes on there', async () => {
    const { page, go, browser } = lab();
    await go('Backups');
    await page.getByRole('tab', { name: 'Move' }).click();
    await page.getByRole('textbox', { name: 'To' }).fill('sqlite:moved.db');
    // A machine that is slow gives nothing up for it.
    await page.getByRole('textbox', { name: 'Writers wait at most (ms)' }).fill('60000');
    await browser.inspect('42-move');
    await page.getByRole('button', { name: 'Dry run', exact: true }).click();
    await page.getByText(/rows would move to/).waitFor();
    await page.getByRole('button', { name: 'Agree and do it' }).waitFor();
    await browser.inspect('43-move-plan');
    await browser.during(async () => {
      await page.getByRole('button', { name: 'Agree and do it' }).click();
      await page.getByText(/rows moved to/).waitFor({ timeout: 30_000 });
      await page.getByText('Live', { exact: true }).waitFor({ timeout: 30_000 });
    });
    await browser.inspect('44-moved');
    await go('Settings');
    await page.getByText('moved.db').first().waitFor();
  });

  test('everything is replaced by an archive; its user signs in to what it was', async () => {
    const { page, go, ask, browser, signIn } = lab();
    const { items } = await ask('GET', '/backups');
    await ask('POST', '/sources', { domain: 'shelly', name: 'later', options: { addresses: '127.0.0.1:9' } });
    await go('Backups');
    await page.getByRole('link', { name: `Restore ${items[0].id}` }).click();
    await page.getByRole('radio', { name: 'In the place of everything that is served' }).click();
    await page.getByRole('button', { name: 'Dry run', exact: true }).click();
    await page.getByText(/^It would restore/).waitFor();
    await browser.inspect('45-replace-plan');
    await browser.during(async () => {
      await page.getByRole('button', { name: 'Agree and do it' }).click();
      await page.getByRole('heading', { level: 1, name: 'Sign in to Holdfast' }).waitFor({ timeout: 45_000 });
      await signIn('admin');
      await page.getByRole('button', { name: 'Account of admin' }).waitFor();
    });
    await go('Sources');
    await page.getByRole('link', { name: 'homelab' }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'later' }).count()).toBe(0);
  });
};
