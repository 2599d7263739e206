// The version in the code is the one in the manifests.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { version } from './version.ts';

test.each(['core', 'domains', 'server'])('%s carries the one version', (name) => {
  const manifest = new URL(`../../${name}/package.json`, import.meta.url);
  const { version: declared } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  expect(declared).toBe(version);
});
