// What an earlier command left of a plan is taken up, or named, by the next command, whichever it is.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openCli } from './run-cli.ts';

test('an intent that cannot be trusted is set aside and named once; the command goes on', async () => {
  const cli = openCli();
  onTestFinished(() => cli[Symbol.dispose]());
  await cli.run('db', 'seed', '--size', '1');
  const intents = join(cli.folder, 'holdfast-data', 'intents');
  mkdirSync(intents);
  writeFileSync(join(intents, 'x.intent'), 'torn');
  const first = await cli.run('--json', 'db', 'ping');
  expect(first).toMatchObject({ exit: 0, json: { ok: true } });
  expect(first.stderr).toContain('set aside: ');
  expect(first.stderr).toContain('x.intent.corrupt-1');
  expect(readdirSync(intents)).toEqual(['x.intent.corrupt-1']);
  expect(readFileSync(join(intents, 'x.intent.corrupt-1'), 'utf8')).toBe('torn');
  expect((await cli.run('--json', 'db', 'ping')).stderr).toBe('');
});
