// Threads that make chunks, shared by everything in this process that writes an archive. They begin when there is much to
// do, and end some time after the last archive.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { giveBack } from '../../engine/give-back.ts';
import { HoldfastError } from '../../errors.ts';
import { type plainError, toHoldfastError } from '../../job/module-messages.ts';
import { type ChunkWork, type EncodedChunk, encodeChunk, type GivenWork } from './encode-chunk.ts';

export type FromThread = { readonly chunk: EncodedChunk } | { readonly error: ReturnType<typeof plainError> };

interface Task {
  readonly work: ChunkWork;
  readonly transfer: readonly ArrayBuffer[];
  readonly done: (chunk: EncodedChunk) => void;
  readonly failed: (error: unknown) => void;
}

/** Bytes up to which handing work over takes longer than doing it. */
const little = 65_536;
/** Each takes some 25 MiB, and two are as fast as rows come from an engine. */
const mostThreads = 2;
/** For how long threads wait for the next archive. */
const idleMs = 10_000;
/** Objects that live shortly are few: a thread needs little room for them. */
const resourceLimits = { maxYoungGenerationSizeMb: 2 };

const entry = new URL(
  import.meta.url.endsWith('.ts') ? './encode-thread.ts' : './encode-thread.js',
  import.meta.url,
);

export class Encoders {
  readonly #most = Math.min(availableParallelism(), mostThreads);
  readonly #threads = new Map<Worker, Task | undefined>();
  readonly #waiting: Task[] = [];
  #idle: NodeJS.Timeout | undefined;

  /** Work that may be under way at the same time, and one that waits so that no thread does. */
  get room(): number {
    return this.#most + 1;
  }

  /**
   * @param size bytes of the work, about
   * @param transfer buffers of the work that the caller gives away
   */
  encode(work: ChunkWork, size: number, transfer: readonly ArrayBuffer[] = []): Promise<EncodedChunk> {
    if (size <= little)
      return encodeChunk(work).finally(() => {
        for (const buffer of transfer) giveBack(buffer);
      });
    return new Promise((done, failed) => {
      this.#waiting.push({ work, transfer, done, failed });
      this.#next();
    });
  }

  #next(): void {
    clearTimeout(this.#idle);
    while (this.#waiting.length > 0) {
      const free = [...this.#threads].find(([, task]) => task === undefined)?.[0];
      if (free === undefined && this.#threads.size >= this.#most) return;
      const thread = free ?? this.#start();
      const task = this.#waiting.shift()!;
      this.#threads.set(thread, task);
      thread.ref();
      const { work, transfer: owned } = task;
      thread.postMessage({ work, owned } satisfies GivenWork, owned);
    }
    if ([...this.#threads.values()].every((task) => task === undefined))
      this.#idle = setTimeout(() => this.#dismiss(), idleMs).unref();
  }

  #start(): Worker {
    const thread = new Worker(entry, { execArgv: [], resourceLimits });
    this.#threads.set(thread, undefined);
    thread.on('message', (message: FromThread) => {
      const task = this.#threads.get(thread);
      this.#threads.set(thread, undefined);
      thread.unref();
      if ('chunk' in message) task?.done(message.chunk);
      else task?.failed(toHoldfastError(message.error));
      this.#next();
    });
    const end = (error: unknown): void => {
      const task = this.#threads.get(thread);
      if (!this.#threads.delete(thread)) return;
      task?.failed(error);
      this.#next();
    };
    thread.on('error', (error) => end(error));
    thread.on('exit', (code) =>
      end(new HoldfastError('BUG', `a thread that encodes ended with code ${code}`)),
    );
    return thread;
  }

  #dismiss(): void {
    for (const thread of this.#threads.keys()) void thread.terminate();
    this.#threads.clear();
  }
}

export const encoders = new Encoders();
