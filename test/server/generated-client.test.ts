// What other programs do with the document: a client is generated from it, a program that uses it compiles, and runs.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { openServer } from './open-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What it wrote; of a failure, what it wrote is what went wrong. */
const run = async (...args: string[]): Promise<string> => {
  const ended = await promisify(execFile)(process.execPath, args).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${args[0]}: ${error.stdout}${error.stderr}`);
    },
  );
  return ended.stdout;
};
const tool = (name: string): string => join(root, 'node_modules/.bin', name);

const program = `
import { HttpError, ok } from '@oazapfts/runtime';
import { defaults, getApiV1ResourcesResource, getApiV1ResourcesResourceId, getApiV1Sources, getApiV1History,
  postApiV1Sources } from './client.ts';

defaults.baseUrl = process.argv[2]!;
defaults.headers = { authorization: 'Bearer ' + process.argv[3]! };
const refusal = async (asked: Promise<{ status: number }>): Promise<unknown> => {
  try {
    return (await ok(asked as never));
  } catch (error) {
    return error instanceof HttpError ? [error.status, error.data.error.code] : error;
  }
};

const list = await ok(getApiV1ResourcesResource('shelly.device', { limit: 5, order: 'name', total: true }));
const first = list.items[0]!;
const read = await ok(getApiV1ResourcesResourceId('shelly.device', first.id));
const options = { addresses: '127.0.0.1:9' };
await ok(postApiV1Sources({ domain: 'shelly', name: 'flat', options }));
const sources = await ok(getApiV1Sources());
const history = await ok(getApiV1History({ limit: 3 }));
console.log(JSON.stringify({
  listed: list.items.length,
  total: list.total,
  same: read.id === first.id,
  sources: sources.items.map((source) => source.name).includes('flat'),
  history: history.items.length,
  unknown: await refusal(getApiV1ResourcesResourceId('shelly.device', 'not there')),
  wrong: await refusal(getApiV1ResourcesResource('shelly.device', { limit: 0 })),
}));
`;

test('a client that is generated from the document compiles, and works', async () => {
  await using server = await openServer();
  for (const { seed } of domains) await seed?.(server.store, { size: 12, seed: 7 });
  const { text } = await server.get('/api/openapi.json', { as: null });
  // Within the repository: what the client imports is looked for from there.
  mkdirSync(join(root, 'coverage'), { recursive: true });
  const folder = mkdtempSync(join(root, 'coverage', 'client-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('openapi.json'), text);
  writeFileSync(at('program.ts'), program);
  await run(tool('oazapfts'), at('openapi.json'), at('client.ts'));
  const options = '--noEmit --strict --ignoreConfig --module nodenext --target es2024 --lib es2024,dom'.split(
    ' ',
  );
  const more = ['--types', 'node', '--allowImportingTsExtensions'];
  await run(tool('tsc'), ...options, ...more, at('program.ts'));
  const stdout = await run(at('program.ts'), server.url, server.tokens.admin);
  expect(JSON.parse(stdout)).toEqual({
    ...{ listed: 5, total: 12, same: true, sources: true, history: 3 },
    ...{ unknown: [404, 'RECORD_NOT_FOUND'], wrong: [400, 'REQUEST_INVALID'] },
  });
});
