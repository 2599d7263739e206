// The thread that reads again what another one has loaded.

import { parentPort } from 'node:worker_threads';
import { openLoaded } from '../../engine/open-loaded.ts';
import { plainError } from '../../job/module-messages.ts';
import { loadSecretKey, secretBox } from '../../system/secret-key.ts';
import type { DigestOfTable } from './overall-digest.ts';
import { digestTables } from './prove-tables.ts';
import type { FromProve, ToProve } from './thread-messages.ts';

let stop = new AbortController();
const port = parentPort!;
const say = (message: FromProve): void => port.postMessage(message);

/** Rows that are read sooner than this after others are told with those that follow: each message wakes a thread. */
const pauseMs = 50;

async function prove({ url, keyFile, parts }: ToProve & { type: 'start' }): Promise<DigestOfTable[]> {
  const secrets = secretBox(() => loadSecretKey(keyFile, false));
  const loaded = await openLoaded(url, stop.signal);
  say({ type: 'opened' });
  let [told, table, rows] = [Number.NEGATIVE_INFINITY, '', 0];
  const tell = (): void => {
    if (rows > 0) say({ type: 'rows', table, rows });
    [told, rows] = [performance.now(), 0];
  };
  const pace = {
    add(of: string, more: number): void {
      [table, rows] = [of, rows + more];
      if (performance.now() - told >= pauseMs) tell();
    },
  };
  const digests = await digestTables(loaded, parts, { secrets, pace }).finally(() => loaded.close());
  tell();
  return digests;
}

port.on('message', (message: ToProve) => {
  if (message.type === 'cancel') return stop.abort();
  stop = new AbortController();
  prove(message).then(
    (digests) => say({ type: 'done', digests }),
    (error: unknown) => say({ type: 'failed', error: plainError(error) }),
  );
});
