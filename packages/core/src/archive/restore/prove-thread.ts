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

async function prove({ url, keyFile, parts }: ToProve & { type: 'start' }): Promise<DigestOfTable[]> {
  const secrets = secretBox(() => loadSecretKey(keyFile, true));
  const loaded = await openLoaded(url, stop.signal);
  const pace = { add: (table: string, rows: number): void => say({ type: 'rows', table, rows }) };
  return digestTables(loaded, parts, { secrets, pace }).finally(() => loaded.close());
}

port.on('message', (message: ToProve) => {
  if (message.type === 'cancel') return stop.abort();
  stop = new AbortController();
  prove(message).then(
    (digests) => say({ type: 'done', digests }),
    (error: unknown) => say({ type: 'failed', error: plainError(error) }),
  );
});
