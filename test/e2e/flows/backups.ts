// Archives kept: a passphrase that is mistyped, records brought back into what is served, targets, schedule, rules, prune.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Lab } from '../lab.ts';

export const backupFlows = (lab: () => Lab): void => {
  test('a mistyped passphrase is typed again, and deleted records are brought back where they were', async () => {
    const { page, go, ask, templates, browser } = lab();
    await templates('Lamp');
    const before = (await ask('GET', '/backups')).items.length;
    await go('Backups');
    await page.getByRole('button', { name: 'Back up now' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Locked with' }).click();
    await page.getByRole('option', { name: 'a passphrase' }).click();
    await dialog.getByRole('textbox', { name: 'Passphrase' }).fill('a long phrase of words');
    await dialog.getByRole('textbox', { name: 'Once more' }).fill('a long phrase of words');
    await dialog.getByLabel('What for').fill('before the mistake');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await page
      .getByRole('link', { name: /^full of/ })
      .nth(before)
      .waitFor();
    await templates();
    await page
      .getByRole('link', { name: /^full of/ })
      .first()
      .click();
    await page.getByText('before the mistake').waitFor();
    await browser.inspect('32-archive');
    await page.getByRole('link', { name: 'Restore', exact: true }).click();
    await page.getByText('a part of it').click();
    await page.getByLabel(/^shelly.template/).check();
    await page.getByRole('button', { name: 'Filter' }).waitFor();
    await page.getByRole('textbox', { name: 'Passphrase' }).fill('a long phrase of wrods');
    await browser.inspect('33-restore-form');
    await page.getByRole('button', { name: 'Dry run', exact: true }).click();
    const again = page.getByRole('textbox', { name: 'Passphrase, once more' });
    await again.waitFor();
    await browser.inspect('34-passphrase-wrong');
    await again.fill('a long phrase of words');
    await page.getByRole('button', { name: 'Try again with it' }).click();
    await page.getByText('It would restore 1 rows').waitFor();
    await page.getByRole('button', { name: 'Agree and do it' }).waitFor();
    await browser.inspect('35-restore-plan');
    await page.getByRole('button', { name: 'Agree and do it' }).click();
    await page.getByText('Restored 1 rows').waitFor();
    await page.getByRole('button', { name: 'Undo the restore' }).waitFor();
    await browser.inspect('36-restored-living');
    expect((await ask('GET', '/resources/shelly.template')).items).toMatchObject([{ name: 'Lamp' }]);
  });

  test('records that live and differ stop a restore that is to name them', async () => {
    const { page, go } = lab();
    await go('Backups');
    await page
      .getByRole('link', { name: /^Restore / })
      .last()
      .click();
    await page.getByRole('combobox', { name: 'Records that live and differ' }).click();
    await page.getByRole('option', { name: /^stop the restore/ }).click();
    await page.getByRole('button', { name: 'Dry run', exact: true }).click();
    await page
      .getByText(/living records are not as the archive has them/)
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'Agree and do it' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Change what was given' }).click();
    await page.getByRole('combobox', { name: 'Records that live and differ' }).waitFor();
  });

  test('a folder becomes a target, is tried, and is forgotten under consent', async () => {
    const { page, go, told, browser, server } = lab();
    const folder = join(server.data, 'nas');
    await go('Backups');
    await page.getByRole('tab', { name: 'Targets' }).click();
    await page.getByRole('button', { name: 'Add a target' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('nas');
    await dialog.getByLabel('Where').fill(folder);
    const refused = await browser.during(async () => {
      await dialog.getByRole('button', { name: 'Try it and add it' }).click();
      await dialog.getByRole('alert').waitFor();
    });
    expect(refused).toHaveLength(1);
    mkdirSync(folder);
    await dialog.getByRole('button', { name: 'Try it and add it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Test nas' }).click();
    await told(/^nas answers/);
    await browser.inspect('37-targets');
    await browser.during(async () => {
      await page.getByRole('button', { name: 'Remove nas' }).click();
      await page.getByText('What is there stays there').waitFor();
    });
    await page.getByRole('button', { name: 'Forget it' }).click();
    await page.getByText('Archives stay on this machine only').waitFor();
  });

  test('a schedule needs a key or none on purpose, and is turned off again', async () => {
    const { page, go, browser } = lab();
    await go('Backups');
    await page.getByRole('tab', { name: 'Schedule' }).click();
    const refused = await browser.during(async () => {
      await page.getByRole('button', { name: 'Set the schedule' }).click();
      await page.getByText('BACKUP_KEY_NONE').waitFor();
    });
    expect(refused).toEqual(['PUT /api/v1/backups/schedule: 409']);
    await page.getByRole('switch', { name: /^locked with the backup key/ }).uncheck();
    await page.getByRole('combobox', { name: /^critical data/ }).click();
    await page.getByRole('option', { name: '1 h' }).click();
    await page.getByRole('button', { name: 'Set the schedule' }).click();
    await page.getByRole('row').filter({ hasText: 'test restore of the newest archive' }).waitFor();
    await browser.inspect('38-backup-schedule');
    await page.getByRole('button', { name: 'Turn off' }).click();
    await page.getByRole('button', { name: 'Turn it off' }).click();
    await page.getByText('Nothing is backed up by itself').first().waitFor();
  });

  test('rules are changed; what they would remove is shown, and goes with consent, but what is pinned', async () => {
    const { page, go, browser, ask } = lab();
    const before = (await ask('GET', '/backups')).items.length;
    await go('Backups');
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByRole('button', { name: 'Make it' }).click();
    await page
      .getByRole('link', { name: /^full of/ })
      .nth(before)
      .waitFor();
    await page.getByRole('button', { name: /^Pin / }).nth(1).click();
    await page.getByText('pinned', { exact: true }).waitFor();
    await browser.inspect('39-archives');
    await page.getByRole('tab', { name: 'Keeping' }).click();
    for (const each of ['critical', 'important', 'operational', 'informational'])
      for (const rule of ['newest', 'hours', 'days', 'weeks', 'months', 'years'])
        await page.getByLabel(`${each}: ${rule}`).fill(rule === 'newest' ? '1' : '0');
    await page.getByRole('button', { name: 'Store the rules' }).click();
    await page.getByRole('button', { name: 'As at first' }).waitFor();
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    // The pinned one stays, the newest by the rules, and the newest that is proven.
    await page.getByText('Every archive stays.').waitFor();
    await ask('DELETE', `/backups/${(await ask('GET', '/backups')).items[1].id}/pin`);
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.getByText(/^1 archives would go/).waitFor();
    await browser.inspect('40-prune');
    await page.getByRole('button', { name: 'Agree and do it' }).click();
    await page.getByText('would go').waitFor({ state: 'hidden' });
    await page.getByText('done', { exact: true }).nth(1).waitFor();
    await page.getByRole('button', { name: 'As at first' }).click();
    await page.getByRole('button', { name: 'As at first' }).waitFor({ state: 'hidden' });
    await page.getByRole('tab', { name: 'Archives' }).click();
    await expect.poll(() => page.getByRole('link', { name: /^full of/ }).count()).toBe(2);
  });

  test('an archive of a part, without what was, says so', async () => {
    const { page, go, ask, browser } = lab();
    await go('Backups');
    await page.getByRole('button', { name: 'Back up now' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Only' }).click();
    await page.getByRole('option', { name: 'important' }).click();
    await page.getByRole('option', { name: 'shelly' }).click();
    await page.keyboard.press('Escape');
    await dialog.getByLabel('With histories').uncheck();
    await dialog.getByLabel('What for').fill('a part');
    await browser.inspect('41-backup-of-a-part');
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect
      .poll(async () => (await ask('GET', '/backups')).items[0].selection)
      .toEqual(['important', 'shelly']);
  });
};
