// Two servers on one PostgreSQL: the one that does the work is killed in the middle of it, and the other finishes it.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeDemoCluster, startSimulator } from '@holdfast/domains/proxmox/simulator';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { bin } from '../cli/run-cli.ts';
import { engines } from '../engines.ts';
import { password } from './open-server.ts';

const postgres = engines.find(({ name }) => name === 'postgres');

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
}

async function serve(data: string, database: string): Promise<Process> {
  const args = [
    bin,
    '--data',
    data,
    '--database',
    database,
    '--json',
    'serve',
    '--port',
    '0',
    '--log',
    'error',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout.setEncoding('utf8');
  for await (const line of child.stdout) return { child, url: JSON.parse(String(line)).url };
  throw new Error('it ended before it listened');
}

test.skipIf(postgres === undefined)(
  'a server that is killed in a sweep, and one in a backup: nothing is lost, nothing twice',
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'holdfast-several-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const simulator = await startSimulator({ cluster: makeDemoCluster() });
    onTestFinished(() => simulator.close());
    const database = await postgres!.url();
    const first = await serve(data, database);
    const token = await setUp(first.url, data);
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
    const ask = async (url: string, path: string, body?: object): Promise<any> => {
      const response = await fetch(`${url}/api/v1${path}`, {
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      return response.json();
    };
    const second = await serve(data, database);
    const { url: endpoint, token: secret, fingerprint } = simulator;
    await ask(first.url, '/sources', {
      domain: 'proxmox',
      name: 'lab',
      options: { endpoint, token: secret, fingerprint },
    });

    // The second is asked; the first, which schedules, does it.
    simulator.faults.add({ path: /qemu|lxc/, kind: 'slow', delayMs: 300 });
    const { job } = await ask(second.url, '/sync', {});
    for (;;) {
      const { state, progress } = await ask(second.url, `/jobs/${job.id}`);
      if (state === 'running' && progress.done > 3) break;
      await wait(20);
    }
    first.child.kill('SIGKILL');
    simulator.faults.clear();
    const again = await until(async () =>
      (await ask(second.url, '/jobs?kind=sync')).items.find(
        (each: { params: { restartOf?: string }; state: string }) =>
          each.params.restartOf === job.id && each.state === 'done',
      ),
    );
    expect(again.requestedBy).toBe('ann');
    expect(await ask(second.url, `/jobs/${job.id}`)).toMatchObject({
      state: 'interrupted',
      error: { code: 'JOB_INTERRUPTED' },
    });
    const { resources } = await ask(second.url, '/status');
    const records = resources.find(({ resource }: { resource: string }) => resource === 'proxmox.vm').records;
    expect(records).toBeGreaterThan(3);
    const { items } = await ask(second.url, '/history?resource=proxmox.vm&limit=1000');
    const ids = items.map(({ id }: { id: string }) => id);
    expect(ids).toHaveLength(records);
    expect(new Set(ids).size).toBe(records);

    // A backup waits for a table that somebody has locked, when the server that writes it is killed.
    const third = await serve(data, database);
    const locked = new pg.Client({ connectionString: database });
    await locked.connect();
    onTestFinished(() => locked.end());
    const schema = new URL(database).searchParams.get('schema');
    await locked.query(`BEGIN; LOCK TABLE "${schema}".proxmox_vms IN ACCESS EXCLUSIVE MODE`);
    const { job: backup } = await ask(third.url, '/backups', { encrypt: false });
    await until(async () =>
      (await ask(third.url, `/jobs/${backup.id}`)).state === 'running' ? true : undefined,
    );
    second.child.kill('SIGKILL');
    await locked.query('ROLLBACK');
    const written = await until(async () =>
      (await ask(third.url, '/jobs?kind=archive-create')).items.find(
        (each: { params: { restartOf?: string }; state: string }) =>
          each.params.restartOf === backup.id && each.state === 'done',
      ),
    );
    expect((await ask(third.url, `/jobs/${backup.id}`)).state).toBe('interrupted');
    const { items: archives } = await ask(third.url, '/backups');
    expect(archives.map((each: { id: string }) => each.id)).toEqual([written.result.id]);
    const proof = await ask(third.url, `/backups/${written.result.id}/verify`, {});
    const proven = await until(async () => {
      const found = await ask(third.url, `/jobs/${proof.job.id}`);
      return found.finishedAt === null ? undefined : found;
    });
    expect(proven, JSON.stringify(proven.error)).toMatchObject({ state: 'done', result: { proven: true } });

    // Signed out at one is signed out at the other.
    const fourth = await serve(data, database);
    const { id } = await ask(third.url, '/session').then(() => ownToken(third.url, token));
    await fetch(`${third.url}/api/v1/tokens/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await ask(fourth.url, '/session')).toMatchObject({ error: { code: 'AUTH_REQUIRED' } });
  },
);

/** The first admin, and a token of it. */
async function setUp(url: string, data: string): Promise<string> {
  const once = readFileSync(join(data, 'setup-token'), 'utf8').trim();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ token: once, username: 'ann', password });
  const made = await fetch(`${url}/api/v1/setup`, { method: 'POST', headers, body });
  const { csrf } = (await made.json()) as { csrf: string };
  const cookie = made.headers.get('set-cookie')!.split(';')[0]!;
  const asked = await fetch(`${url}/api/v1/tokens`, {
    ...{ method: 'POST', body: JSON.stringify({ label: 'test' }) },
    headers: { ...headers, cookie, 'x-holdfast-csrf': csrf },
  });
  return ((await asked.json()) as { token: string }).token;
}

async function ownToken(url: string, token: string): Promise<{ id: string }> {
  const response = await fetch(`${url}/api/v1/tokens`, { headers: { authorization: `Bearer ${token}` } });
  const { items } = (await response.json()) as { items: { id: string }[] };
  return items[0]!;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(100);
  }
}
