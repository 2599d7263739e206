// kill -9 of a command, or of a server, that replaces everything: the data folder is as before or as after, whoever comes
// next cleans up and says so, and nothing claims what has not happened. HOLDFAST_KILLS, set to anything, kills at every call.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { bin, type Cli, openCli, type Ran } from '../cli/run-cli.ts';

const every = process.env['HOLDFAST_KILLS'] !== undefined;
const preload = fileURLToPath(new URL('fixtures/kill-at-call.ts', import.meta.url));
const building = 'COMMIT holdfast.db.scratch-restore 5';
const replace = ['--json', '--yes', 'restore', 'one.sma', '--replace'];

interface Prepared {
  readonly cli: Cli;
  /** The data folder as it was. */
  reset(): void;
  namesOf(): Promise<string[]>;
  readonly archived: readonly string[];
  readonly living: readonly string[];
}

/** A store that has gone on since it was backed up. */
async function prepare(): Promise<Prepared> {
  const cli = openCli({}, { oneProcess: true });
  const namesOf = async () =>
    (await cli.run('--json', 'list', 'proxmox.vm', '--columns', 'name')).json.items.map(
      ({ name }: { name: string }) => name,
    );
  await cli.run('db', 'seed', '--size', '8');
  const archived = await namesOf();
  await cli.run('backup', 'create', '--out', 'one.sma');
  await cli.run('db', 'seed', '--size', '10', '--seed', '5');
  const living = await namesOf();
  expect(living).not.toEqual(archived);
  const data = join(cli.folder, 'holdfast-data');
  cpSync(data, join(cli.folder, 'kept'), { recursive: true });
  const reset = (): void => {
    rmSync(data, { recursive: true });
    cpSync(join(cli.folder, 'kept'), data, { recursive: true });
  };
  return { cli, reset, namesOf, archived, living };
}

let prepared: Prepared;
beforeAll(async () => {
  prepared = await prepare();
});
afterAll(() => prepared.cli[Symbol.dispose]());

/** @param at the call at which it is killed; none: all are logged */
function run({ folder }: Cli, args: readonly string[], at?: string): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_|DATABASE_)/.test(name));
  const env = { ...Object.fromEntries(inherited), NODE_OPTIONS: `--import=${preload}` };
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...env, ...(at === undefined ? { KILL_LOG: join(folder, 'calls') } : { KILL_AT: at }) },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const callsIn = ({ folder }: Cli): string[] =>
  readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n');

/** Nothing but the database, what it has replaced, and what a data folder has anyway. */
async function outcomeOf(first: Ran, at: string): Promise<'before' | 'after'> {
  const { cli, namesOf, archived, living } = prepared;
  expect(first, at).toMatchObject({ exit: 0, json: { findings: [] } });
  const names = await namesOf();
  const outcome = names.length === archived.length ? 'after' : 'before';
  expect(names, at).toEqual(outcome === 'after' ? archived : living);
  const left = readdirSync(join(cli.folder, 'holdfast-data')).filter((name) =>
    /scratch|swap|before/.test(name),
  );
  expect(left, at).toEqual(
    outcome === 'after' ? [expect.stringMatching(/^holdfast\.db\.before-restore-[^-]*$/)] : [],
  );
  return outcome;
}

test('a command', { timeout: 600_000 }, async () => {
  const { cli, reset } = prepared;
  let calls = [building, 'renameSync holdfast.db.swap 1', 'rmSync holdfast.db.swap 1'];
  if (every) {
    reset();
    const whole = run(cli, replace);
    whole.stdout!.resume();
    await once(whole, 'exit');
    calls = callsIn(cli);
  }
  const outcomes = new Set<string>();
  for (const at of calls) {
    reset();
    expect(await once(run(cli, replace, at), 'exit'), at).toEqual([null, 'SIGKILL']);
    const first = await cli.run('--json', 'doctor');
    const outcome = await outcomeOf(first, at);
    outcomes.add(outcome);
    if (at === building)
      expect(first.stderr, at).toContain('a scratch database that a killed process had left');
    if (at === 'renameSync holdfast.db 1') expect(first.stderr).toContain('was taken back');
    if (at === 'rmSync holdfast.db.swap 1')
      expect(first.stderr).toContain('is complete; what it replaced is');
  }
  expect([...outcomes].toSorted()).toEqual(['after', 'before']);
  // What is left of the last is in nobody's way.
  expect(await cli.run(...replace)).toMatchObject({ exit: 0 });
});

test('a server that does it for somebody', { timeout: 1_200_000 }, async () => {
  const { cli, reset } = prepared;
  const serve = ['--json', 'serve', '--port', '0', '--log', 'error'];
  const listening = (child: ChildProcess): Promise<unknown> => once(child.stdout!, 'data');
  let calls = ['rmSync server.json 1', 'rmSync replacing.json 1'];
  if (every) {
    reset();
    rmSync(join(cli.folder, 'calls'), { force: true });
    const child = run(cli, serve);
    await listening(child);
    // By what has happened at its start already, it would be killed then.
    const before = callsIn(cli);
    await cli.run(...replace);
    calls = callsIn(cli).filter((call) => !before.includes(call));
    child.kill('SIGKILL');
  }
  const outcomes = new Set<string>();
  for (const at of calls) {
    reset();
    const killed = run(cli, serve, at);
    const ended = once(killed, 'exit');
    await listening(killed);
    const typed = await cli.run(...replace);
    expect(await ended, at).toEqual([null, 'SIGKILL']);
    const again = run(cli, serve, 'never');
    await listening(again);
    const outcome = await outcomeOf(await cli.run('--json', 'doctor'), at);
    outcomes.add(outcome);
    // Whoever typed it is told what happened, and so is whoever looks later.
    const job = (await cli.run('--json', 'job', 'list', '--kind', 'archive-replace')).json.items[0];
    if (outcome === 'after') {
      expect(typed, at).toMatchObject({ exit: 0, json: { success: true, kept: expect.any(String) } });
      expect(job, at).toMatchObject({ state: 'done', result: { kept: typed.json.kept } });
    } else {
      expect(typed, at).toMatchObject({ exit: 1, json: { error: { code: 'JOB_INTERRUPTED' } } });
      // Killed very soon, it had not become one.
      if (job !== undefined || !every)
        expect(job, at).toMatchObject({ state: 'interrupted', error: { code: 'JOB_INTERRUPTED' } });
    }
    expect(existsSync(join(cli.folder, 'holdfast-data', 'replacing.json')), at).toBe(false);
    again.kill('SIGKILL');
    await once(again, 'exit');
  }
  expect([...outcomes].toSorted()).toEqual(['after', 'before']);
});
