// Jobs from the command line: run, listed, shown, cancelled from elsewhere, interrupted, refused.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openStore, type Store } from '@holdfast/core';
import { acquireLease, createJob, startJob, thisProcess } from '@holdfast/core/job';
import { expect, onTestFinished, test } from 'vitest';
import { domains } from '../../packages/server/src/cli/domains.ts';
import { engines } from '../engines.ts';
import { bin, type Cli, openCli } from './run-cli.ts';

function opened(): Cli {
  const cli = openCli();
  onTestFinished(() => cli[Symbol.dispose]());
  return cli;
}

/** An address where nobody ever answers: a sweep of it lasts as long as its patience. */
async function silentAddress(): Promise<string> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

const addShelly = (cli: Cli, addresses: string, ...more: string[]) =>
  cli.run('source', 'add', 'shelly', 'house', '--addresses', addresses, ...more);

/** The store of the command line. */
async function storeOf(cli: Cli): Promise<Store> {
  const url = `sqlite:${join(cli.folder, 'holdfast-data', 'holdfast.db')}`;
  const store = (await openStore({ url, domains: [...domains], mustExist: true })) as unknown as Store;
  onTestFinished(() => store.close());
  return store;
}

test('a sweep is run as a job, listed and shown with its lines', async () => {
  const cli = opened();
  await addShelly(cli, '127.0.0.1:9');
  expect((await cli.run('--json', 'job', 'list')).json).toEqual({ items: [], next: null });
  // Nobody listens there: the scope is incomplete, and the job done.
  const ran = await cli.run('--json', 'job', 'run', 'sync', 'house');
  expect(ran.exit).toBe(7);
  expect(ran.json).toMatchObject({
    kind: 'sync',
    state: 'done',
    params: { sources: ['house'] },
    requestedBy: 'cli',
    error: null,
    result: { sources: [{ source: 'house' }] },
  });
  const { id } = ran.json;
  const listed = await cli.run('--json', 'job', 'list', '--state', 'done', '--kind', 'sync');
  expect(listed.json.items).toEqual([ran.json]);
  const shown = await cli.run('--json', 'job', 'show', id);
  expect(shown.json).toMatchObject({ ...ran.json, log: [{ line: 1, level: 'warn' }] });
  const text = await cli.run('job', 'show', id);
  expect(text.stdout).toContain(`${id} sync done`);
  expect((await cli.run('job', 'list')).stdout).toContain(id);
  expect((await cli.run('--json', 'job', 'cancel', id)).json.error).toMatchObject({ code: 'JOB_OVER' });
});

test('a running job is seen and cancelled from elsewhere, and a second one is refused meanwhile', async () => {
  const cli = opened();
  await addShelly(cli, await silentAddress(), '--timeout', '120');
  const running = cli.run('--json', 'job', 'run', 'sync');
  let id: string | undefined;
  await expect
    .poll(async () => {
      id = (await cli.run('--json', 'job', 'list', '--state', 'running')).json.items[0]?.id;
      return id;
    })
    .toBeDefined();
  const second = await cli.run('--json', 'job', 'run', 'sync');
  expect(second).toMatchObject({ exit: 6, json: { error: { code: 'LEASE_HELD' } } });
  const cancelled = await cli.run('--json', 'job', 'cancel', id!);
  expect(cancelled.json).toEqual({ id, state: 'running', cancelRequested: true });
  const ended = await running;
  expect(ended).toMatchObject({ exit: 9, json: { error: { code: 'CANCELLED', details: { job: id } } } });
  expect((await cli.run('--json', 'job', 'show', id!)).json).toMatchObject({
    state: 'cancelled',
    error: null,
  });
});

test('interrupted on the terminal, the job is cancelled, not lost', async () => {
  const cli = opened();
  await addShelly(cli, await silentAddress(), '--timeout', '120');
  const child = spawn(process.execPath, [bin, 'job', 'run', 'sync'], { cwd: cli.folder, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const state = async (): Promise<string | undefined> =>
    (await cli.run('--json', 'job', 'list')).json.items[0]?.state;
  await expect.poll(state).toBe('running');
  child.kill('SIGINT');
  expect(await ended).toBe(9);
  expect(await state()).toBe('cancelled');
});

test('a job whose process was killed is named on the next look, once', async () => {
  const cli = opened();
  await addShelly(cli, '127.0.0.1:9');
  const store = await storeOf(cli);
  const id = await createJob(store, { kind: 'sync' });
  const gone = thisProcess().replace(/[^/]*$/, '1');
  const lease = await acquireLease(store, { name: 'sync', owner: gone, durationMs: 3_600_000 });
  await startJob(store, id, lease);
  const first = await cli.run('job', 'list');
  expect(first.stderr).toBe(`interrupted: the process of the sync ${id} ended\n`);
  expect(first.stdout).toContain('interrupted');
  expect((await cli.run('job', 'list')).stderr).toBe('');
  // The lease went with it.
  expect((await cli.run('--json', 'job', 'run', 'sync')).exit).toBe(7);
});

test('a job that waits is cancelled at once', async () => {
  const cli = opened();
  await addShelly(cli, '127.0.0.1:9');
  const id = await createJob(await storeOf(cli), { kind: 'sync' });
  expect((await cli.run('--json', 'job', 'cancel', id)).json).toEqual({
    id,
    state: 'cancelled',
    cancelRequested: true,
  });
});

test('what is wrong is said by name', async () => {
  const cli = opened();
  await addShelly(cli, '127.0.0.1:9');
  for (const [args, exit, code] of [
    [['show', 'nonsense'], 4, 'JOB_NOT_FOUND'],
    [['show', '01a1fdef-f91b-7757-9479-eb052c20945c'], 4, 'JOB_NOT_FOUND'],
    [['cancel', '01a1fdef-f91b-7757-9479-eb052c20945c'], 4, 'JOB_NOT_FOUND'],
    [['run', 'dance'], 4, 'JOB_KIND_UNKNOWN'],
    [['run', 'sync', 'garden'], 4, 'SOURCE_NOT_FOUND'],
    [['list', '--state', 'happy'], 2, 'USAGE'],
    [['list', '--limit', '0'], 2, 'QUERY_INVALID'],
    [['show', 'x', '--log', 'many'], 4, 'JOB_NOT_FOUND'],
  ] as [string[], number, string][]) {
    const ran = await cli.run('--json', 'job', ...args);
    expect(ran.json.error, args.join(' ')).toMatchObject({ code, hint: expect.stringMatching(/./) });
    expect(ran.exit).toBe(exit);
  }
  const [failed] = (await cli.run('--json', 'job', 'list')).json.items;
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'SOURCE_NOT_FOUND' } });
  expect((await cli.run('--json', 'job', 'show', failed.id, '--log', 'many')).json.error.code).toBe('USAGE');
  expect((await cli.run('job', 'run', '--help')).stdout).toContain('sync [SOURCE…]');
});

test.for(engines)('$name: what compares and tidies much works on a store of its own', async (engine) => {
  const cli = openCli({}, { oneProcess: true });
  onTestFinished(() => cli[Symbol.dispose]());
  const database = ['--database', await engine.url(), '--json'];
  const run = async (...args: string[]) => (await cli.run(...database, ...args)).json;
  await run('db', 'seed', '--size', '6');
  const { id } = (await run('list', 'proxmox.vm')).items[0];
  await run('drift', 'set', 'proxmox.vm', id, '--from-actual');
  for (const words of [[], ['proxmox.vm'], ['proxmox.vm', id]]) {
    const { state, result } = await run('job', 'run', 'drift', ...words);
    expect([state, result.report.checked, result.report.inSync], words.join()).toEqual(['done', 1, 1]);
  }
  expect(await run('job', 'run', 'drift', 'nothing')).toMatchObject({ error: { code: 'RESOURCE_UNKNOWN' } });
  expect(await run('job', 'run', 'compact')).toMatchObject({ state: 'done', result: { polls: 0 } });
  expect(await run('job', 'run', 'prune', 'dry-run')).toMatchObject({
    state: 'done',
    result: { dryRun: true, changes: 0, compacted: 0, runs: 0, driftRuns: 0, differences: 0 },
  });
  expect(await run('job', 'run', 'prune')).toMatchObject({
    state: 'done',
    result: { changes: 0, runs: 0, driftRuns: 0, differences: 0 },
  });
  expect((await run('job', 'list')).items.map(({ kind }: { kind: string }) => kind)).toEqual([
    ...['prune', 'prune', 'compact', 'drift', 'drift', 'drift', 'drift'],
  ]);
});
