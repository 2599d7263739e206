// A server in a process of its own, over a data folder with 10,000 resources of a simulated cluster.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Domain, openStore, type Store } from '@holdfast/core';
import { sweep } from '@holdfast/core/sync';
import { listSources } from '@holdfast/core/system';
import { makeToken } from '../../packages/server/src/accounts/manage-tokens.ts';
import { addUser } from '../../packages/server/src/accounts/manage-users.ts';
import { collectors, domains } from '../../packages/server/src/cli/domains.ts';
import { atEnd, scratchPath } from '../harness/scratch.ts';
import { addCluster } from '../sync/lab.ts';
import { type RemoteCluster, startCluster } from '../sync/simulator.ts';

export interface Site {
  /** Data folder: database and key. */
  readonly data: string;
  /** Of an admin. */
  readonly token: string;
  readonly cluster: RemoteCluster;
  readonly resources: number;
}

const sites = new Map<number, Promise<Site>>();

export function siteOf(size: number): Promise<Site> {
  const site = sites.get(size) ?? makeSite(size);
  sites.set(size, site);
  return site;
}

async function makeSite(size: number): Promise<Site> {
  const data = scratchPath(`site-${size}`);
  mkdirSync(data);
  const nodes = Math.ceil(size / 1_000);
  const cluster = await startCluster({ nodes, guests: size - nodes * 6, storages: 5, tasks: 100 });
  // In life it is other machines: what is measured must not wait for it.
  setPriority(cluster.pid, 10);
  atEnd(async () => cluster[Symbol.asyncDispose]());
  const place = { url: `sqlite:${join(data, 'holdfast.db')}`, keyFile: join(data, 'secret.key') };
  await using store = (await openStore({ ...place, domains: domains as readonly Domain[] })) as Store;
  await addCluster(store, cluster);
  const { complete, sources } = await sweep(store, await listSources(store), collectors);
  if (!complete) throw new Error('the first sweep is incomplete');
  const actor = { name: 'bench', via: 'cli' };
  const password = 'a password for benches';
  const user = await addUser(store, actor, { username: 'bench', password, role: 'admin' });
  const { token } = await makeToken(store, actor, user, { label: 'bench' });
  return { data, token, cluster, resources: sources[0]!.created };
}

export interface Served {
  readonly url: string;
  /** Milliseconds from the start of the process to the first answer that it is ready. */
  readonly readyAfter: number;
  /** Resident memory in MB, which are millions of bytes. */
  resident(): number;
  stop(): Promise<void>;
}

/** @param cache folder of compiled code. @throws where it does not get ready */
export async function serve(bin: string, data: string, cache: string): Promise<Served> {
  const startedAt = performance.now();
  const args = [bin, '--data', data, '--json', 'serve', '--port', '0', '--log', 'error'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  });
  const gone = once(child, 'exit');
  const [line] = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    gone.then(([code]) => Promise.reject(new Error(`the server ended with ${code}`))),
  ]);
  const { url } = JSON.parse(line) as { url: string };
  while ((await fetch(`${url}/ready`)).status !== 200) await wait(5);
  return {
    url,
    readyAfter: performance.now() - startedAt,
    resident() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024) / 1_000_000;
    },
    async stop() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
