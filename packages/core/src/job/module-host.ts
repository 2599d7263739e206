// Where a job in a thread or process of its own begins: loads the kind's module and runs it.

import { setPriority } from 'node:os';
import { isMainThread, parentPort } from 'node:worker_threads';
import { HoldfastError } from '../errors.ts';
import type { JobProgress } from './jobs.ts';
import type { RunJob } from './kinds.ts';
import { type FromModule, isCancellation, plainError, type ToModule } from './module-messages.ts';

/** Of the scale on which programs have 0: whoever waits for an answer goes before work that nobody watches. */
const politeness = 10;

// On Linux a priority is that of a thread; elsewhere it would be that of the whole program.
if (!isMainThread && process.platform === 'linux') setPriority(politeness);

const stop = new AbortController();
const cancel = (): void => stop.abort(new HoldfastError('CANCELLED', 'the job was cancelled'));

const say = (message: FromModule): void => {
  if (isMainThread) process.send?.(message);
  else parentPort!.postMessage(message);
};

/** Progress of a busy loop would fill the line: what comes sooner than this waits for the next. */
const pauseMs = 50;
let waiting: JobProgress | undefined;
let lastSaid = 0;
const tell = (): void => {
  if (waiting === undefined) return;
  say({ type: 'progress', progress: waiting });
  waiting = undefined;
  lastSaid = performance.now();
};

function progress(given: JobProgress): void {
  // What was counted until now belongs to the phase before.
  if (given.phase !== undefined) tell();
  waiting = { ...waiting, ...given };
  if (given.phase !== undefined || performance.now() - lastSaid >= pauseMs) tell();
}

async function run({ module, jobId, params, given }: ToModule & { type: 'start' }): Promise<FromModule> {
  try {
    const { run: work } = (await import(module)) as { readonly run: RunJob };
    const log = (level: 'info' | 'warn' | 'error', message: string): void =>
      say({ type: 'log', level, message });
    const result = await work({ jobId, params, given, signal: stop.signal, progress, log });
    return { type: 'done', result: result ?? null };
  } catch (error) {
    return isCancellation(error, stop.signal)
      ? { type: 'cancelled' }
      : { type: 'failed', error: plainError(error) };
  }
}

async function hear(message: ToModule): Promise<void> {
  if (message.type === 'cancel') return cancel();
  const end = await run(message);
  tell();
  say(end);
}

if (isMainThread) {
  process.on('SIGTERM', cancel);
  // An interrupt on the terminal reaches both; the one that started this decides.
  process.on('SIGINT', () => {});
  // Who started this is gone or has heard enough: nobody is there to tell, and the lease will be another's.
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => void hear(message as ToModule));
} else parentPort!.on('message', (message: ToModule) => void hear(message));
