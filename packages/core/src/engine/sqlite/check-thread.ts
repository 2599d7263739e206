// The thread that looks through one database file, and ends.

import { parentPort, workerData } from 'node:worker_threads';
import { plainError } from '../../job/module-messages.ts';
import { type CheckedFile, checkHere, type FromCheck } from './check-file.ts';

const told = await checkHere(workerData as CheckedFile).then(
  (findings): FromCheck => ({ findings }),
  (error: unknown): FromCheck => ({ error: plainError(error) }),
);
parentPort!.postMessage(told);
