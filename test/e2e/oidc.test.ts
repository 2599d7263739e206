// The other way in, in a browser: to an OpenID provider and back, and what is said where it lets nobody in.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { oidcSettings } from '../../packages/server/src/cli/serve-oidc.ts';
import { openProvider } from '../server/open-provider.ts';
import { openServer } from '../server/open-server.ts';
import { findChromium } from './find-chromium.ts';
import { openBrowser } from './open-browser.ts';

const chromium = findChromium();

/** The provider's own pages. */
async function signInThere(page: Page, account: string): Promise<void> {
  await page.getByRole('link', { name: /OpenID|provider/i }).click();
  await page.locator('input[name=login]').fill(account);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

test.skipIf(chromium === undefined)(
  'a browser signs in at the provider, and comes back as who it is',
  // The pages may have to be built first.
  { timeout: 300_000 },
  async () => {
    execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/web-built.ts', import.meta.url))]);
    await using provider = await openProvider({ ann: ['ops'], eve: ['guests'] });
    const oidc = oidcSettings({
      ...{ oidcIssuer: provider.issuer, oidcClientId: 'holdfast', oidcScopes: 'openid profile' },
      ...{ oidcRoleClaim: 'groups', oidcRoles: 'operator=ops' },
    });
    await using server = await openServer({ oidc });
    provider.serve(server.url);
    const browser = await openBrowser(chromium!, server.url);
    try {
      const { page } = browser;
      await page.goto(server.url);
      await signInThere(page, 'eve');
      await page.getByRole('alert').waitFor();
      await browser.picture('46-provider-refused');
      expect(await page.getByRole('heading', { level: 1, name: 'Sign in to Holdfast' }).count()).toBe(1);

      await page.context().clearCookies();
      await page.goto(server.url);
      await signInThere(page, 'ann');
      await page.getByRole('button', { name: 'Account of ann' }).waitFor();
      await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
      await page.getByText('Live', { exact: true }).waitFor();
    } finally {
      await browser.close();
    }
  },
);
