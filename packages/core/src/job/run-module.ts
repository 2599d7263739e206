// Runs a job's module in a thread or a process of its own, hears it, and ends it when it is cancelled.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../errors.ts';
import type { JobWork, ModuleKind } from './kinds.ts';
import { type FromModule, type ToModule, toHoldfastError } from './module-messages.ts';

const host = new URL(
  import.meta.url.endsWith('.ts') ? './module-host.ts' : './module-host.js',
  import.meta.url,
);

/** The other side, whichever it is. */
interface Side {
  say(message: ToModule): void;
  onMessage(hear: (message: FromModule) => void): void;
  /** How it ended, as `exit code 1`, and what it last wrote on stderr. */
  readonly ended: Promise<{ readonly how: string; readonly errors: string }>;
  /** Asks it to stop. */
  cancel(): void;
  /** Ends it whatever it does. */
  kill(): void;
  /** It has said its end: nothing more is wanted of it. */
  dismiss(): void;
}

/**
 * Runs to its end.
 * @param graceMs from the request to stop to the end by force
 * @returns the result. @throws CANCELLED, JOB_CRASHED when it ended without a word, and what the module threw
 */
export async function runModule(kind: ModuleKind, work: JobWork, graceMs: number): Promise<unknown> {
  const { jobId, params, given, signal } = work;
  if (signal.aborted) throw cancelled();
  const side = kind.runner === 'child' ? childSide() : workerSide();
  let end: FromModule | undefined;
  side.onMessage((message) => {
    if (end !== undefined) return;
    if (message.type === 'progress') work.progress(message.progress);
    else if (message.type === 'log') work.log(message.level, message.message);
    else {
      end = message;
      side.dismiss();
    }
  });
  let force: NodeJS.Timeout | undefined;
  const stop = (): void => {
    side.cancel();
    force = setTimeout(() => side.kill(), graceMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  side.say({ type: 'start', module: String(kind.module), jobId, params, given });
  const { how, errors } = await side.ended;
  clearTimeout(force);
  signal.removeEventListener('abort', stop);
  for (const line of errors.split('\n')) if (line.trim() !== '') work.log('warn', line);
  if (end?.type === 'done') return end.result;
  if (end?.type === 'failed') throw toHoldfastError(end.error);
  if (end?.type === 'cancelled' || signal.aborted) throw cancelled();
  throw new HoldfastError('JOB_CRASHED', `the ${kind.runner} of this ${kind.kind} ended by itself: ${how}`);
}

const cancelled = (): HoldfastError => new HoldfastError('CANCELLED', 'the job was cancelled');

/** A process that it started may hold its stderr open. */
const lastWordsMs = 500;

/** Characters of stderr that are kept: its end says why. */
const tail = 8_000;

function lastOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-tail);
  });
  return () => text;
}

function childSide(): Side {
  // Its stdout is nobody's: under --json ours carries one document and nothing else.
  const child: ChildProcess = fork(fileURLToPath(host), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  const errors = lastOf(child.stderr!);
  return {
    // One that is gone already says so by its end.
    say: (message) => void child.send(message, () => {}),
    onMessage: (hear) => void child.on('message', (message) => hear(message as FromModule)),
    ended: new Promise((resolve) => {
      child.once('error', (error) => resolve({ how: error.message, errors: errors() }));
      // Not 'close', which does not come for one that was disconnected; its last words may still be on their way.
      child.once('exit', async (code, signal) => {
        await Promise.race([once(child.stderr!, 'end'), wait(lastWordsMs, undefined, { ref: false })]);
        resolve({ how: signal === null ? `exit code ${code}` : `signal ${signal}`, errors: errors() });
      });
    }),
    cancel: () => void child.kill('SIGTERM'),
    kill: () => void child.kill('SIGKILL'),
    dismiss: () => {
      if (child.connected) child.disconnect();
    },
  };
}

function workerSide(): Side {
  const worker = new Worker(host, { stdout: true, stderr: true, execArgv: [] });
  worker.stdout.resume();
  const errors = lastOf(worker.stderr);
  let thrown: string | undefined;
  return {
    say: (message) => worker.postMessage(message),
    onMessage: (hear) => void worker.on('message', hear),
    ended: new Promise((resolve) => {
      worker.once('error', (error: Error) => {
        thrown = error.stack ?? error.message;
      });
      worker.once('exit', (code) => resolve({ how: thrown ?? `exit code ${code}`, errors: errors() }));
    }),
    cancel: () => worker.postMessage({ type: 'cancel' } satisfies ToModule),
    kill: () => void worker.terminate(),
    dismiss: () => void worker.terminate(),
  };
}
