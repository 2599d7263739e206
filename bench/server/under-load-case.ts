// Answers while other work is done: lists at a quarter of the peak, alone, and beside a backup and a sweep of everything.

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Settings } from '../harness/area.ts';
import { median } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { scratchPath } from '../harness/scratch.ts';
import { builtHoldfast } from './built.ts';
import { type Served, type Site, serve, siteOf } from './served.ts';

const requests = 1_500;
const atLeastMs = 6_000;
const mostRounds = 3;

async function peakOf(url: string, token: string): Promise<number> {
  const worker = new Worker(new URL('./load-worker.ts', import.meta.url));
  const rates: number[] = [];
  for (let round = 0; round < 4; round++) {
    worker.postMessage({ url, token, requests, connections: 8 });
    const [millis] = await once(worker, 'message');
    // The first warms up.
    if (round > 0) rates.push(requests / (millis / 1_000));
  }
  await worker.terminate();
  return median(rates);
}

/** The 99th of a hundred answers, in milliseconds, while `work` is done and for some seconds at least. */
async function p99(
  ask: { url: string; token: string; perSecond: number },
  work: () => Promise<void>,
): Promise<number> {
  const worker = new Worker(new URL('./paced-worker.ts', import.meta.url));
  worker.postMessage(ask);
  const until = performance.now() + atLeastMs;
  do await work();
  while (performance.now() < until);
  worker.postMessage('stop');
  const [millis] = (await once(worker, 'message')) as [number[]];
  await worker.terminate();
  return millis.toSorted((one, other) => one - other)[Math.floor(millis.length * 0.99)]!;
}

async function job({ url }: Served, { token }: Site, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const asked = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const { job: begun } = (await asked.json()) as { job: { id: string } };
  for (;;) {
    const answer = await fetch(`${url}/api/v1/jobs/${begun.id}?log=1`, { headers });
    const { state } = (await answer.json()) as { state: string };
    if (state === 'done') return;
    if (state !== 'queued' && state !== 'running') throw new Error(`${path}: the job is ${state}`);
    await wait(100);
  }
}

export async function underLoad(size: number, { runs }: Settings): Promise<Line[]> {
  const site = await siteOf(size);
  const server = await serve(builtHoldfast(), site.data, scratchPath('cache-packages'));
  try {
    const { token } = site;
    const url = `${server.url}/api/v1/resources/proxmox.vm?limit=100`;
    const ask = { url, token, perSecond: (await peakOf(url, token)) / 4 };
    const alone: number[] = [];
    const beside: number[] = [];
    for (let round = 0; round < Math.min(runs, mostRounds); round++) {
      alone.push(await p99(ask, () => wait(atLeastMs)));
      beside.push(
        await p99(ask, async () => {
          await site.cluster.move({ gauges: 0.8, configs: 0.05 });
          await Promise.all([
            job(server, site, '/api/v1/backups', { encrypt: false }),
            job(server, site, '/api/v1/sync', {}),
          ]);
        }),
      );
    }
    const line = (against: string, reference: number, target: number): Line =>
      makeLine('server', 'sqlite', {
        case: `p99 at ${Math.round(ask.perSecond)} req/s, beside a backup and a sweep of ${site.resources}`,
        ...{ against, ours: median(beside), reference, unit: 'ms', lessIsBetter: true, target },
      });
    return [line('the same, alone', median(alone), 1 / 4), line('20 ms', 20, 1)];
  } finally {
    await server.stop();
  }
}
