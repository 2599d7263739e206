// The first minute: version, help, the demo, and how they end.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bin, openCli } from './run-cli.ts';

test('version and help answer without a database', async () => {
  using cli = openCli();
  expect((await cli.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = await cli.run('--help');
  expect(help.exit).toBe(0);
  for (const verb of ['demo', 'source', 'sync', 'status', 'list', 'show', 'db', 'doctor'])
    expect(help.stdout).toMatch(new RegExp(`^ {2}${verb}\\b`, 'm'));
  expect((await cli.run('source', 'add', 'proxmox', '--help')).stdout).toContain('--fingerprint');
  expect(existsSync(join(cli.folder, 'holdfast-data'))).toBe(false);
});

test('demo --once shows nodes, guests, storages and tasks, and ends well', async () => {
  using cli = openCli();
  const { exit, stdout, stderr } = await cli.run('demo', '--once');
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  for (const [resource, records] of Object.entries({ node: 4, vm: 24, container: 12, storage: 7, task: 60 }))
    expect(stdout).toMatch(new RegExp(`proxmox\\.${resource} +${records}\\b`));
  expect(stdout).toContain('pve4');
  const again = await cli.run('--json', 'demo', '--once');
  expect(again).toMatchObject({
    exit: 0,
    json: {
      counts: expect.arrayContaining([expect.objectContaining({ resource: 'proxmox.vm', records: 24 })]),
    },
  });
});

test('the demo keeps syncing until it is stopped, and that is a good end', async () => {
  using cli = openCli();
  const ran = await cli.interrupt('SIGINT', /gauges\n[\s\S]*gauges\n/, 'demo', '--interval', '0.2');
  expect({ exit: ran.exit, stderr: ran.stderr }).toEqual({ exit: 0, stderr: '' });
  expect(ran.stdout).toMatch(/\d+ changed, \d+ gone, \d+ with new gauges/);
});

test('an older Node is told what is missing, in one line', () => {
  // The launcher looks only at process.versions, so the check itself can be run on any Node.
  const lie = "Object.defineProperty(process.versions, 'node', { value: '20.1.0' });";
  const source = `${lie} import(${JSON.stringify(bin)})`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', source], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^holdfast needs Node 24 or newer.*\n$/);
});
