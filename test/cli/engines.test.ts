// The same commands on every engine give the same answers, byte for byte.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDemoCluster, startSimulator } from '@holdfast/domains/proxmox/simulator';
import { expect, test } from 'vitest';
import { resources } from '../../packages/server/src/cli/domains.ts';
import { engines } from '../engines.ts';
import { openCli } from './run-cli.ts';

/** When a row was written, or a gauge read, is not the engine's doing. */
const ownInstants = /"(createdAt|updatedAt|metricsAt)":"[^"]*"/g;

test('after the same sync and seed, every resource is listed alike', { timeout: 300_000 }, async () => {
  const simulator = await startSimulator({ cluster: makeDemoCluster() });
  const { url: endpoint, fingerprint, token } = simulator;
  const answers: Record<string, string>[] = [];
  for (const engine of engines) {
    const settings = { HOLDFAST_DATABASE: await engine.url(), HOLDFAST_JSON: '1' };
    using cli = openCli(settings, { oneProcess: true });
    const source = ['--endpoint', endpoint, '--token', token, '--fingerprint', fingerprint];
    expect((await cli.run('source', 'add', 'proxmox', 'lab', ...source)).exit).toBe(0);
    expect((await cli.run('sync')).json.sources[0]).toMatchObject({ created: 152, changed: 0, deleted: 0 });
    expect((await cli.run('sync')).json.sources[0]).toMatchObject({ created: 0, changed: 0, deleted: 0 });
    // The other domains have no collector here: their made-up records are the same everywhere.
    expect((await cli.run('db', 'seed', '--size', '30')).exit).toBe(0);
    const said: Record<string, string> = {};
    for (const { name } of resources) {
      // Fewer than there are of most, so that the cursor is compared too.
      const { stdout } = await cli.run('list', name, '--limit', '25');
      said[name] = stdout.replaceAll(ownInstants, '"$1":""');
      expect(said[name].length).toBeGreaterThan(100);
    }
    const sorted = await cli.run('list', 'proxmox.task', '--order', 'startedAt:desc', '--limit', '1000');
    said['sorted'] = sorted.stdout.replaceAll(ownInstants, '"$1":""');
    const shown = await cli.run('show', 'proxmox.vm', 'lab/100');
    said['shown'] = shown.stdout.replaceAll(ownInstants, '"$1":""').replace(/"lastConfirmedAt":"[^"]*"/, '');
    answers.push(said);
  }
  await simulator.close();
  for (const other of answers.slice(1))
    for (const [name, said] of Object.entries(other)) expect(said, name).toBe(answers[0]![name]);
});

test.for(engines)('$name: the verbs on the database', async (engine) => {
  using cli = openCli({ HOLDFAST_DATABASE: await engine.url(), HOLDFAST_JSON: '1' }, { oneProcess: true });
  expect(await cli.run('status')).toMatchObject({ exit: 4, json: { error: { code: 'DATABASE_NOT_FOUND' } } });
  expect((await cli.run('demo', '--once')).exit).toBe(0);
  expect((await cli.run('demo', '--once')).exit).toBe(0);
  expect((await cli.run('doctor')).json).toEqual({ ok: true, findings: [] });
  expect((await cli.run('db', 'seed', '--size', '1000')).json.rows).toBeGreaterThan(2_000);
  expect((await cli.run('db', 'ping')).json).toMatchObject({ ok: true, engine: engine.name });
  const { json: stats } = await cli.run('db', 'stats');
  expect(stats).toMatchObject({ engine: engine.name, connections: { open: expect.any(Number) } });
  expect(stats.tables).toContainEqual({ table: 'proxmox_vms', rows: 524 });
  expect(stats.queries.count).toBeGreaterThan(10);
  expect(stats.queries.slowest[0]).toEqual({ sql: expect.any(String), durationMs: expect.any(Number) });
  expect((await cli.run('db', 'check')).json).toEqual({ ok: true, findings: [] });
  expect((await cli.run('--yes', 'db', 'reset')).exit).toBe(0);
  expect((await cli.run('list', 'proxmox.vm')).json.items).toEqual([]);
  expect((await cli.run('doctor')).json).toEqual({ ok: true, findings: [] });
});

test('the database of the environment, which must be of the engine it says', async () => {
  using cli = openCli({ DATABASE_URL: 'sqlite:./mine.db', DATABASE_PROVIDER: 'sqlite' });
  expect((await cli.run('--json', 'db', 'seed', '--size', '5')).exit).toBe(0);
  expect((await cli.run('--json', 'db', 'ping')).json.location).toMatch(/mine\.db$/);
  using other = openCli({ DATABASE_URL: 'sqlite:./mine.db', DATABASE_PROVIDER: 'postgresql' });
  expect(await other.run('--json', 'db', 'ping')).toMatchObject({
    exit: 2,
    json: { error: { code: 'SETTING_INVALID', message: expect.stringContaining('DATABASE_PROVIDER') } },
  });
});

test('queries are written to stderr where that is switched on, without their values', async () => {
  const seed = ['--json', 'db', 'seed', '--size', '5'];
  for (const [level, wanted] of [
    ['debug', /"query":"INSERT INTO proxmox_vms/],
    ['error', /^$/],
  ] as const) {
    using cli = openCli({ ENABLE_DB_LOGGING: 'true', DB_LOG_LEVEL: level });
    const { exit, stderr } = await cli.run(...seed);
    expect(exit).toBe(0);
    expect(stderr).toMatch(wanted);
    for (const line of stderr.split('\n').filter(Boolean)) expect(JSON.parse(line)).toHaveProperty('ms');
  }
  using cli = openCli({ ENABLE_DB_LOGGING: 'true', DB_LOG_LEVEL: 'loud' });
  expect(await cli.run(...seed)).toMatchObject({ exit: 2, json: { error: { code: 'SETTING_INVALID' } } });
});

test('a query that fails is written there with what was wrong', async () => {
  using cli = openCli({ ENABLE_DB_LOGGING: 'true', DB_LOG_LEVEL: 'error' });
  expect((await cli.run('db', 'seed', '--size', '5')).exit).toBe(0);
  const past = new DatabaseSync(join(cli.folder, 'holdfast-data/holdfast.db'));
  past.exec('DROP TABLE coach_states');
  past.close();
  const { exit, stderr } = await cli.run('--json', 'list', 'coach.state');
  expect(exit).toBe(5);
  expect(JSON.parse(stderr.split('\n')[0]!)).toMatchObject({
    level: 'error',
    query: expect.stringContaining('coach_states'),
    error: expect.stringContaining('coach_states'),
  });
});
