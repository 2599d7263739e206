// kill -9 at many moments of a sweep, on every engine: the database is sound, every scope is as before or as after,
// and the next sweep brings it up to date. HOLDFAST_KILLS sets the number of kills for each engine (default 4).

import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { makeCluster, setConfig, startSimulator, tick } from '@holdfast/domains/proxmox/simulator';
import { expect, test } from 'vitest';
import { bin, openCli } from '../cli/run-cli.ts';
import { engines } from '../engines.ts';

type Guest = { node: string; config: { description: string } };

const kills = Number(process.env['HOLDFAST_KILLS'] ?? 3);

const title = `$name: ${kills} killed sweeps lose nothing`;
test.for(engines)(title, { timeout: 60_000 + kills * 20_000 }, async (engine) => {
  const settings = { HOLDFAST_DATABASE: await engine.url() };
  using cli = openCli(settings);
  const cluster = makeCluster({ nodes: 6, vms: 150, containers: 150, storages: 4, tasks: 60, seed: 3 });
  const mark = (description: string): void => {
    for (const { vmid } of cluster.guests.values()) setConfig(cluster, vmid, { description });
  };
  mark('as made');
  const simulator = await startSimulator({ cluster });
  const { url, fingerprint, token } = simulator;
  await cli.run(
    ...['source', 'add', 'proxmox', 'lab', '--endpoint', url, '--fingerprint', fingerprint, '--token', token],
  );
  const startedAt = performance.now();
  expect((await cli.run('--json', 'sync')).exit).toBe(0);
  let whole = performance.now() - startedAt;

  let killed = 0;
  for (let round = 0; round < kills; round++) {
    tick(cluster, { seconds: 30, fraction: 1 });
    mark(`round ${round}`);
    const began = performance.now();
    const child = spawn(process.execPath, [bin, '--json', 'sync'], {
      cwd: cli.folder,
      env: { ...process.env, ...settings },
      stdio: 'ignore',
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.on('close', (_, signal) => resolve(signal)),
    );
    // Most of the time goes to start-up and requests; the later half is where it writes.
    await wait(whole * (0.3 + 0.75 * ((round + 1) / kills)));
    child.kill('SIGKILL');
    if ((await ended) === 'SIGKILL') killed++;
    // Quicker than the first one, which found everything new: the next is killed sooner.
    else whole = Math.min(whole * 0.8, performance.now() - began);

    expect((await cli.run('--json', 'db', 'check')).json).toEqual({ ok: true, findings: [] });
    for (const resource of ['vm', 'container']) {
      const { items } = (await cli.run('--json', 'list', `proxmox.${resource}`)).json;
      expect(items).toHaveLength(150);
      // A node's list is one transaction: its guests are all of one round.
      const rounds = Map.groupBy(items as Guest[], ({ node }) => node);
      for (const members of rounds.values())
        expect(new Set(members.map(({ config }) => config.description)).size).toBe(1);
    }
  }
  expect(killed).toBeGreaterThanOrEqual(kills / 4);
  expect((await cli.run('--json', 'sync')).exit).toBe(0);
  const { items } = (await cli.run('--json', 'list', 'proxmox.vm')).json;
  for (const item of items) expect(item.config.description).toBe(`round ${kills - 1}`);
  process.stdout.write(`${engine.name}: killed ${killed} of ${kills} sweeps, all sound\n`);
  await simulator.close();
});
