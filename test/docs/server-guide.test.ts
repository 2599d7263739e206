// The guide of the server: its examples run as they are printed, and its alert rules name series that there are.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServer, type TestServer } from '../server/open-server.ts';

const guide = readFileSync(new URL('../../docs/guides/server.md', import.meta.url), 'utf8');
let server: TestServer;

beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('the examples for curl', async () => {
  const [, script] = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!);
  expect(script!.match(/^curl/gm)!.length).toBeGreaterThan(5);
  const env = { ...process.env, HOLDFAST: server.url, TOKEN: server.tokens.operator };
  const { stdout } = await promisify(execFile)('sh', ['-e', '-c', script!], { env });
  expect(stdout).toContain('"kind":"drift"');
  expect(stdout).toContain('"kind":"archive-create"');
  expect(stdout).toContain('event: hello');
});

test('the alert rules', async () => {
  const metrics = (await server.get('/metrics')).text;
  const named = new Set(guide.match(/holdfast_[a-z_]+(?=[ {\n)])/g));
  expect(named.size).toBeGreaterThan(8);
  for (const name of named) expect(metrics).toContain(`# TYPE ${name} `);
});
