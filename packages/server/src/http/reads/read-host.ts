// A thread that does reads without bound, one after the other, on a store of its own that it never writes to.

import { parentPort, workerData } from 'node:worker_threads';
import { type Domain, openStore } from '@holdfast/core';
import { plainError } from '@holdfast/core/job';
import { domains } from '../../cli/domains.ts';
import type { Place } from '../../cli/invocation.ts';
import { keyOf } from '../register-route.ts';
import type { Call } from '../route.ts';
import type { LongRead, ReadAnswer } from './long-reads.ts';
import { readRoutes } from './read-routes.ts';

const { url, keyFile } = workerData as Place;
const opened = openStore({ url, keyFile, domains: domains as readonly Domain[], mustExist: true });
// Told to whoever asks first.
opened.catch(() => {});
const port = parentPort!;

/** What a long read must not look at: it is not there. */
const nothingMore = new Proxy({} as Call<Record<string, string>>, {
  get(_, name) {
    throw new Error(`a long read has no ${String(name)}`);
  },
});

async function read({ route: key, params, query }: LongRead): Promise<ReadAnswer> {
  try {
    const store = await opened;
    const route = readRoutes.find((each) => keyOf(each) === key)!;
    const call = Object.create(nothingMore, {
      store: { value: store },
      params: { value: params },
      query: { value: query },
    }) as Call<Record<string, string>>;
    return { body: await route.handle(call) };
  } catch (error) {
    return { error: plainError(error) };
  }
}

port.on('message', async (asked: LongRead) => port.postMessage(await read(asked)));
