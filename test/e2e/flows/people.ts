// Who may what: a viewer is offered nothing to do. And a browser that is offline, and comes back.

import { expect, test } from 'vitest';
import { type Lab, password } from '../lab.ts';

const actions =
  /^(Sync|Add a|Compare|Back up|Pin|Prove|Restore|Remove|Delete|Edit|New|Undo|Cancel|Change|Store|Set|Acknowledge|Ignore|Test|Check the|Look|Agree|Run now|Desire)/;

export const peopleFlows = (lab: () => Lab): void => {
  test('a viewer signs in and sees everything, and nothing to do', async () => {
    const { page, go, loaded, signIn, signOut, browser } = lab();
    await go('Users and tokens');
    await page.getByLabel('New user').fill('guest');
    await page.getByRole('textbox', { name: 'Password (10 or more)' }).fill(password);
    await page.getByRole('combobox', { name: 'Role', exact: true }).click();
    await page.getByRole('option', { name: 'viewer' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'guest' }).waitFor();
    const over = await browser.during(async () => {
      await signOut();
      await signIn('guest', 'not the password');
      await page.getByRole('main').getByRole('alert').waitFor();
      await browser.picture('29-sign-in');
      await signIn('guest');
      await page.getByRole('heading', { level: 1, name: 'Users and tokens' }).waitFor();
    });
    // A page that is slow to close tries to follow events once more.
    expect(over.filter((each) => !/: 401$|WebSocket/.test(each))).toEqual([]);
    const offered: string[] = [];
    for (const link of ['Overview', 'Timeline', 'Drift', 'Sources', 'Jobs', 'Backups', 'Settings']) {
      await go(link);
      await loaded();
      for (const name of await page.getByRole('main').getByRole('button').allInnerTexts())
        if (actions.test(name)) offered.push(`${link}: ${name}`);
    }
    await page.goto(`${lab().server.url}/inventory/proxmox.vm/homelab%2F100`);
    await page.getByText('Measured last').waitFor();
    for (const name of await page.getByRole('main').getByRole('button').allInnerTexts())
      if (actions.test(name)) offered.push(`record: ${name}`);
    expect(offered).toEqual([]);
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Audit' }).count()).toBe(0);
    await browser.inspect('30-viewer');
    await browser.during(signOut);
    await signIn('admin');
    await page.getByRole('button', { name: 'Account of admin' }).waitFor();
  });

  test('offline is said, and what was missed is shown once it is over', async () => {
    const { page, go, ask, templates, browser } = lab();
    await templates();
    await go('Inventory');
    await page.getByRole('link', { name: 'shelly.template', exact: true }).click();
    await page.getByText('No record fits').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const missed = await browser.during(async () => {
      await page.context().setOffline(true);
      await page.getByText('This device is offline.').waitFor();
      await browser.picture('31-offline');
      const made = { name: 'Made meanwhile', scope: 'group', generation: 0, config: {}, isDefault: false };
      await ask('POST', '/resources/shelly.template', { id: crypto.randomUUID(), ...made });
      await page.context().setOffline(false);
      await page.getByText('This device is offline.').waitFor({ state: 'hidden' });
      await page.getByRole('row').filter({ hasText: 'Made meanwhile' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
    });
    expect(missed.filter((fault) => !/ERR_INTERNET_DISCONNECTED|WebSocket/.test(fault))).toEqual([]);
  });

  test('the palette is all keys: a page, a resource, a record', async () => {
    const { page } = lab();
    const pick = async (text: string, first: RegExp): Promise<void> => {
      await page.keyboard.press('Control+k');
      await page.getByRole('textbox', { name: 'Search', exact: true }).fill(text);
      await page.getByRole('button', { name: first }).first().waitFor();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      await page.getByRole('textbox', { name: 'Search', exact: true }).waitFor({ state: 'hidden' });
    };
    await pick('settings', /Settings/);
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await pick('proxmox.node_st', /proxmox.node_storage/);
    await page.getByRole('heading', { level: 1, name: 'proxmox.node_storage' }).waitFor();
    await pick('opnsense', /proxmox.vm homelab\/100/);
    await page.getByRole('heading', { level: 1, name: /opnsense/ }).waitFor();
  });
};
