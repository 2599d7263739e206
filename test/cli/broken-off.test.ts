// What an earlier command left of a plan is taken up, or named, by the next command, whichever it is.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { bin, openCli } from './run-cli.ts';

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

test('a backup job that was killed: the next one says so, removes what it left, and is whole', async () => {
  const cli = openCli({ HOLDFAST_JSON: '1' });
  onTestFinished(() => cli[Symbol.dispose]());
  await cli.run('db', 'seed', '--size', '1000');
  expect((await cli.run('backup', 'schedule', 'set', '--plain')).exit).toBe(0);
  const backups = join(cli.folder, 'holdfast-data', 'backups');
  const parts = () =>
    existsSync(backups) ? readdirSync(backups).filter((name) => name.endsWith('.partial')) : [];
  const job = ['job', 'run', 'backup', 'full'];
  const child = spawn(process.execPath, [bin, ...job], {
    ...{ cwd: cli.folder, stdio: 'ignore', detached: true },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  // A part is there from the snapshot to the last row: it is stopped in the moment that one is seen.
  while (parts().length === 0 && child.exitCode === null) await pause(1);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  const [left] = parts();
  expect(left).toMatch(/-full\.sma\.partial$/);

  const next = await cli.run(...job);
  expect(next).toMatchObject({
    exit: 0,
    json: { state: 'done', result: { removed: [join(backups, left!)], backup: { type: 'full' } } },
  });
  expect(next.stderr).toMatch(/^interrupted: the process of the backup [0-9a-f-]+ ended/);
  const shown = (await cli.run('job', 'show', next.json.id)).json;
  expect(shown.log.map(({ message }: { message: string }) => message)).toEqual([
    expect.stringContaining(`${left}: its process ended before it was whole`),
  ]);
  expect(readdirSync(backups)).toHaveLength(1);
  const verified = await cli.run('backup', 'verify', next.json.result.backup.id);
  expect(verified).toMatchObject({ exit: 0, json: { proven: true } });
  expect((await cli.run('job', 'list', '--kind', 'backup')).json.items).toMatchObject([
    { state: 'done' },
    { state: 'interrupted', error: { code: 'JOB_INTERRUPTED' } },
  ]);
});
