// Asks a server again and again, from a thread of its own: milliseconds for all of it.

import { Agent, get } from 'node:http';
import { parentPort } from 'node:worker_threads';

interface Work {
  readonly url: string;
  readonly token: string;
  readonly requests: number;
  readonly connections: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const ask = ({ url, token }: Work): Promise<void> =>
  new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`));
      response.on('end', resolve).resume();
    }).on('error', reject);
  });

parentPort!.on('message', async (work: Work) => {
  const startedAt = performance.now();
  let left = work.requests;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await ask(work);
  };
  await Promise.all(Array.from({ length: work.connections }, lane));
  parentPort!.postMessage(performance.now() - startedAt);
});
