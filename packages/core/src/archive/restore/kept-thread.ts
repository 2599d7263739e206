// Threads for the work of a restore. One that is through is kept for a while: the next restore finds it started, and its
// code compiled.

import { Worker } from 'node:worker_threads';

/** Values live for one batch: room for few of them is enough, and keeps the process small. */
const youngMiB = 2;
const keptMs = 20_000;

type Name = 'fill-thread' | 'prove-thread';

const idle = new Map<Name, { readonly worker: Worker; readonly timer: NodeJS.Timeout }>();

/** @param name of the module beside this one that it runs */
export function takeThread(name: Name): Worker {
  const found = idle.get(name);
  if (found === undefined) {
    const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    return new Worker(new URL(`./${name}${ending}`, import.meta.url), {
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: youngMiB },
    });
  }
  idle.delete(name);
  clearTimeout(found.timer);
  const { worker } = found;
  forget(worker);
  worker.ref();
  return worker;
}

/** @param worker that has nothing left to do */
export function keepThread(name: Name, worker: Worker): void {
  forget(worker);
  if (idle.has(name)) return void worker.terminate();
  const drop = (): void => {
    if (idle.get(name)?.worker === worker) idle.delete(name);
    void worker.terminate();
  };
  // It keeps no process alive.
  worker.unref();
  worker.once('error', drop);
  worker.once('exit', drop);
  idle.set(name, { worker, timer: setTimeout(drop, keptMs).unref() });
}

/** Ends those that are kept, for whoever needs their memory for something else. */
export async function dropThreads(): Promise<void> {
  const kept = [...idle.values()];
  idle.clear();
  for (const { worker, timer } of kept) {
    clearTimeout(timer);
    forget(worker);
    await worker.terminate();
  }
}

function forget(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
}
