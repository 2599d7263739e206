// What is done with records: made, edited, undone, deleted, in bulk; views of them; paths that are not compared.

import { expect, test } from 'vitest';
import type { Lab } from '../lab.ts';

export const recordFlows = (lab: () => Lab): void => {
  test('a record is made, edited, put back by undo under consent, and deleted', async () => {
    const { page, go, templates, browser } = lab();
    await templates();
    await go('Inventory');
    await page.getByRole('link', { name: 'shelly.template', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'shelly.template' }).waitFor();
    await page.getByRole('button', { name: 'New', exact: true }).click();
    const json = page.getByLabel('Properties (JSON)');
    await json.fill((await json.inputValue()).replace('"name": ""', '"name": "Porch"'));
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('heading', { level: 1, name: /^Porch/ }).waitFor();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await json.fill((await json.inputValue()).replace('"Porch"', '"Garden"'));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: /^Garden/ }).waitFor();
    await page.getByRole('button', { name: 'Undo the last change' }).click();
    await page.getByRole('button', { name: 'Agree and do it' }).waitFor();
    await browser.inspect('25-undo');
    await page.getByRole('button', { name: 'Agree and do it' }).click();
    await page.getByRole('heading', { level: 1, name: /^Porch/ }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const faults = await browser.during(async () => {
      await page.getByRole('button', { name: 'Delete it' }).click();
      await page.getByRole('heading', { level: 1, name: 'shelly.template' }).waitFor();
      await page.getByText('No record fits').waitFor();
    });
    // Its page may hear of it before the answer, and look for it once more.
    expect(faults.filter((fault) => !/^GET .*: 404$/.test(fault))).toEqual([]);
  });

  test('many records are deleted at once, and desired as they are', async () => {
    const { page, go, templates, told, browser } = lab();
    const names = ['One', 'Two', 'Three'];
    await templates(...names);
    await go('Inventory');
    await page.getByRole('link', { name: 'shelly.template', exact: true }).click();
    // What was read before may be shown first: all that is picked must be there, and nothing else.
    for (const name of names) await page.getByRole('row').filter({ hasText: name }).waitFor();
    await expect.poll(() => page.getByRole('checkbox', { name: /^Pick (?!all)/ }).count()).toBe(names.length);
    await page.getByRole('checkbox', { name: 'Pick all rows' }).check();
    await page.getByText('3 picked').waitFor();
    await browser.inspect('26-bulk');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Delete them' }).click();
    await page.getByText('No record fits').waitFor();
    await go('Inventory');
    await page.getByRole('link', { name: 'proxmox.container', exact: true }).click();
    await page
      .getByRole('checkbox', { name: /^Pick homelab/ })
      .first()
      .check();
    await page.getByRole('button', { name: 'Desire them as they are' }).click();
    await told(/^1 desired as they are now/);
  });

  test('a filter, columns and an order are kept as a view', async () => {
    const { page, go } = lab();
    await go('Inventory');
    await page.getByRole('link', { name: 'proxmox.vm', exact: true }).click();
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByRole('combobox', { name: 'Column' }).click();
    await page.getByRole('option', { name: 'node', exact: true }).click();
    await page.getByLabel('Value').fill('pve1');
    await page.getByRole('button', { name: 'Add filter' }).click();
    await page.getByRole('button', { name: 'Remove the filter node=pve1' }).waitFor();
    await page.getByRole('button', { name: 'Sort by name' }).click();
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByLabel('Save as').fill('first node');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'first node', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Remove the filter node=pve1' }).click();
    await page.getByRole('row').filter({ hasText: 'pve2' }).first().waitFor();
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'pve2' }).first().waitFor();
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('button', { name: 'first node', exact: true }).click();
    await page.getByRole('button', { name: 'Remove the filter node=pve1' }).waitFor();
    await page.getByRole('row').filter({ hasText: 'pve2' }).first().waitFor({ state: 'hidden' });
    const byName = page.getByRole('columnheader', { name: /name/ });
    await expect.poll(() => byName.getAttribute('aria-sort')).toBe('ascending');
  });

  test('a path is left out of comparisons, and taken in again', async () => {
    const { page, go, browser } = lab();
    await go('Drift');
    await page.getByRole('tab', { name: 'Rules' }).click();
    await page.getByRole('textbox', { name: 'Path' }).fill('config.description');
    await page.getByRole('textbox', { name: 'Reason' }).fill('anybody writes there');
    await page.getByRole('button', { name: 'Ignore it' }).click();
    const row = page.getByRole('row').filter({ hasText: 'config.description' });
    await row.waitFor();
    await browser.inspect('27-rules');
    await row.getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ state: 'hidden' });
    await page.getByRole('tab', { name: 'Trend' }).click();
    await page.getByRole('table').first().waitFor();
    await browser.inspect('28-trend');
  });
};
