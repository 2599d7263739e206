// Clients of events, in a thread of their own: all connected, then the milliseconds until the last of them has heard of a change.

import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { WebSocket } from 'ws';

interface Work {
  readonly url: string;
  readonly token: string;
  readonly clients: number;
}

let heard = 0;
let clients = 0;

async function connect({ url, token }: Work): Promise<void> {
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  socket.on('message', (data) => {
    if (!String(data).includes('"type":"change"')) return;
    heard++;
    if (heard === clients) parentPort!.postMessage(performance.timeOrigin + performance.now());
  });
  await once(socket, 'message');
}

parentPort!.on('message', async (work: Work | 'again') => {
  if (work === 'again') {
    heard = 0;
    parentPort!.postMessage('ready');
    return;
  }
  for (let begun = 0; begun < work.clients; begun += 50)
    await Promise.all(Array.from({ length: Math.min(50, work.clients - begun) }, () => connect(work)));
  clients += work.clients;
  parentPort!.postMessage('connected');
});
