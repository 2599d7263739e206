// Asks a server so many times a second, whether it has answered or not, from a thread of its own: milliseconds of each answer,
// from the moment it was to be asked.

import { Agent, get } from 'node:http';
import { parentPort } from 'node:worker_threads';

interface Work {
  readonly url: string;
  readonly token: string;
  readonly perSecond: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let going = false;

async function run({ url, token, perSecond }: Work): Promise<void> {
  const answered: Promise<number>[] = [];
  const ask = (due: number): Promise<number> =>
    new Promise((resolve, reject) => {
      get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`));
        response.on('end', () => resolve(performance.now() - due)).resume();
      }).on('error', reject);
    });
  const step = 1_000 / perSecond;
  for (let due = performance.now(); going; due += step) {
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    answered.push(ask(due));
  }
  parentPort!.postMessage(await Promise.all(answered));
}

parentPort!.on('message', (work: Work | 'stop') => {
  going = work !== 'stop';
  if (work !== 'stop') void run(work);
});
