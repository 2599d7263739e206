// Many who follow events over WebSocket: how soon all of them know of a change, and the memory that they take.

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Settings } from '../harness/area.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { scratchPath } from '../harness/scratch.ts';
import { builtHoldfast } from './built.ts';
import { serve, siteOf } from './served.ts';

const restMs = 5_000;

export async function sockets(clients: number, { runs }: Settings): Promise<Line[]> {
  const { data, token } = await siteOf(10_000);
  const server = await serve(builtHoldfast(), data, scratchPath('cache-packages'));
  const worker = new Worker(new URL('./sockets-worker.ts', import.meta.url));
  try {
    let made = 0;
    const change = async (): Promise<void> => {
      const answer = await fetch(`${server.url}/api/v1/resources/shelly.notification_template`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(template(made++)),
      });
      if (answer.status !== 201) throw new Error(`no change: ${await answer.text()}`);
    };
    const connect = async (many: number): Promise<void> => {
      worker.postMessage({ url: `${server.url.replace('http', 'ws')}/api/v1/events`, token, clients: many });
      await once(worker, 'message');
    };
    await change();
    // Whoever comes first makes the server start a thread for long reads, which is no matter of how many follow.
    await connect(1);
    await wait(restMs);
    const before = server.resident();
    await connect(clients - 1);
    await wait(restMs);
    const after = server.resident();
    const millis: number[] = [];
    for (let round = -1; round < runs * 3; round++) {
      worker.postMessage('again');
      await once(worker, 'message');
      // Where in the server's own beat a change comes is left to chance.
      await wait(500 + Math.random() * 500);
      const heard = once(worker, 'message');
      const from = performance.timeOrigin + performance.now();
      await change();
      const [at] = (await heard) as [number];
      if (round >= 0) millis.push(at - from);
    }
    const line = (name: string, against: string, ours: number, reference: number, unit: string): Line =>
      makeLine('server', 'sqlite', {
        ...{ case: `${clients} WebSocket clients, ${name}`, against, ours, reference, unit },
        ...{ lessIsBetter: true, target: 1 },
      });
    return [
      line('until all know of a change, slowest', '250 ms', Math.max(...millis), 250, 'ms'),
      line('resident memory more', '60 MB', after - before, 60, 'MB'),
      line('resident memory more, after events', '60 MB', server.resident() - before, 60, 'MB'),
    ];
  } finally {
    await worker.terminate();
    await server.stop();
  }
}

const template = (index: number) => ({
  id: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
  name: `template ${index}`,
  type: 'email',
  body: 'what happened',
});
