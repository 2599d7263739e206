// What an operator does with a source: agrees to a sweep held back, gives it other credentials, sets schedules, removes it.

import { destroyGuest, runTask } from '@holdfast/domains/proxmox/simulator';
import { expect, test } from 'vitest';
import type { Lab } from '../lab.ts';

export const sourceFlows = (lab: () => Lab): void => {
  test('a sweep that would delete much is held back by the policy, and done with consent', async () => {
    const { page, go, browser, simulator } = lab();
    await go('Sources');
    await page.getByRole('link', { name: 'homelab' }).click();
    await page.getByLabel('records gone in one sweep, at most').fill('1');
    await page.getByLabel('% gone in one sweep, at most').fill('1');
    await page.getByRole('button', { name: 'Store', exact: true }).click();
    await page.getByRole('button', { name: 'Store', exact: true }).waitFor({ state: 'hidden' });
    for (const vmid of [105, 106, 107]) destroyGuest(simulator.cluster, vmid);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('held back').first().waitFor();
    await go('Overview');
    await page.getByRole('alert').filter({ hasText: 'A sweep is held back' }).getByRole('link').click();
    await page.getByRole('heading', { name: /^Held back/ }).waitFor();
    await browser.inspect('23-held-back');
    await page.getByRole('button', { name: 'Agree and do it' }).click();
    await page.getByRole('heading', { name: /^Held back/ }).waitFor({ state: 'hidden' });
    await page
      .getByText(/parts not read/)
      .first()
      .waitFor();
    await page.goto(`${lab().server.url}/timeline?resource=proxmox.vm&change=deleted`);
    await expect.poll(() => page.locator('.hf-event').filter({ hasText: 'deleted' }).count()).toBe(3);
  });

  test('credentials that are wrong are told by a test, and given anew', async () => {
    const { page, go, told, browser, simulator } = lab();
    const give = async (token: string): Promise<void> => {
      await page.getByRole('button', { name: 'Options and credentials' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'token' }).fill(token);
      await dialog.getByRole('button', { name: 'Store' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Test', exact: true }).click();
    };
    await go('Sources');
    await page.getByRole('link', { name: 'homelab' }).click();
    const refused = await browser.during(async () => {
      await give('root@pam!holdfast=wrong');
      await told(/401|authentication failure/i);
    });
    expect(refused).toEqual(['POST /api/v1/sources/homelab/test: 502']);
    await give(simulator.token);
    await told(/^It answers/);
  });

  test('a schedule is set, run, turned off and removed', async () => {
    const { page, go, browser } = lab();
    await go('Jobs');
    await page.getByRole('tab', { name: 'Schedules' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('nightly');
    await page.getByLabel('When (cron, in your zone)').fill('not cron');
    const refused = await browser.during(async () => {
      await page.getByRole('button', { name: 'Set', exact: true }).click();
      await page.getByRole('main').getByRole('alert').waitFor();
    });
    expect(refused).toHaveLength(1);
    await page.getByLabel('When (cron, in your zone)').fill('0 3 * * *');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    const row = page.getByRole('row').filter({ hasText: 'nightly' });
    await row.getByText('0 3 * * *').waitFor();
    await row.getByRole('button', { name: 'Run now' }).click();
    await row.locator('time').nth(1).waitFor();
    const on = page.getByRole('switch', { name: 'nightly is on' });
    await on.press('Space');
    await expect.poll(() => on.isChecked()).toBe(false);
    await browser.inspect('24-schedules');
    await row.getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'hidden' });
  });

  test('a source is removed with its records, once it was said how many', async () => {
    const { page, browser, ask, simulator, server } = lab();
    const { url: endpoint, token, fingerprint } = simulator;
    const options = { endpoint, token, fingerprint };
    await ask('POST', '/sources', { domain: 'proxmox', name: 'spare', options });
    const sweep = async (): Promise<void> => {
      const { job } = await ask('POST', '/sync', { sources: ['spare'] });
      await expect.poll(async () => (await ask('GET', `/jobs/${job.id}`)).finishedAt).not.toBe(null);
    };
    await sweep();
    // Loaded anew: nothing tells a page of a source that a program adds.
    await page.goto(`${server.url}/sources`);
    await page.getByRole('link', { name: 'spare' }).click();
    const refused = await browser.during(async () => {
      await page.getByRole('button', { name: 'Remove' }).click();
      await page.getByText('records go with it').waitFor();
    });
    expect(refused).toEqual(['DELETE /api/v1/sources/spare: 403']);
    // Meanwhile there is more than was shown.
    runTask(simulator.cluster, { type: 'vzdump', node: 'pve1', id: '100' });
    await sweep();
    const mismatch = await browser.during(async () => {
      await page.getByRole('button', { name: 'Remove it and its records' }).click();
      await page.getByRole('dialog').getByRole('alert').waitFor();
      await page.getByText('records go with it').waitFor();
    });
    expect(mismatch).toEqual(['DELETE /api/v1/sources/spare: 409', 'DELETE /api/v1/sources/spare: 403']);
    await page.getByRole('button', { name: 'Remove it and its records' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sources' }).waitFor();
    await page.getByRole('link', { name: 'homelab' }).waitFor();
    await page.getByRole('link', { name: 'spare' }).waitFor({ state: 'hidden' });
  });
};
