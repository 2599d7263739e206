// Reads without bound, in threads of their own: a statement that takes its time holds up nobody else.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { HoldfastError } from '@holdfast/core';
import { type PlainError, toHoldfastError } from '@holdfast/core/job';
import type { Place } from '../../cli/invocation.ts';

export interface LongRead {
  /** As `GET /search`. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  /** Checked. */
  readonly query: unknown;
}

export type ReadAnswer = { readonly body: unknown } | { readonly error: PlainError };

const host = new URL(import.meta.url.endsWith('.ts') ? './read-host.ts' : './read-host.js', import.meta.url);

const mostThreads = 2;
/** What is read lives shortly: more room would only be kept. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 };
/** Reads that may wait for a thread. */
const mostWaiting = 50;
/** A thread without work goes after it. */
const idleMs = 60_000;

interface Waiting {
  readonly read: LongRead;
  readonly signal: AbortSignal;
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class LongReads {
  readonly #place: Place;
  readonly #mostMs: number;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #queue: Waiting[] = [];
  #closed = false;

  constructor(place: Place, mostMs = 10_000) {
    this.#place = place;
    this.#mostMs = mostMs;
  }

  /** @throws QUERY_TOO_LONG, TOO_MANY_REQUESTS while too many wait, CANCELLED, and what the read throws */
  run(read: LongRead, signal: AbortSignal): Promise<unknown> {
    if (this.#queue.length >= mostWaiting)
      return Promise.reject(
        new HoldfastError('TOO_MANY_REQUESTS', 'too many long reads wait already', {
          details: { retryAfter: 1 },
        }),
      );
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#queue.push({ read, signal, resolve, reject });
    this.#next();
    return promise;
  }

  /** Makes a thread ready, so that the next read does not wait for its start. */
  warm(): void {
    if (this.#all.size === 0) this.#idle.push(this.#start());
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const worker = this.#idle.pop() ?? (this.#all.size < mostThreads ? this.#start() : undefined);
    if (worker !== undefined) void this.#work(worker, this.#queue.shift()!).finally(() => this.#next());
  }

  #start(): Worker {
    const worker = new Worker(host, { workerData: this.#place, execArgv: [], resourceLimits });
    this.#all.add(worker);
    // One that died of a bug: whoever waits for it is told by its end.
    worker.on('error', () => {});
    worker.on('exit', () => this.#forget(worker));
    worker.unref();
    return worker;
  }

  #forget(worker: Worker): void {
    this.#all.delete(worker);
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  async #work(worker: Worker, { read, signal, resolve, reject }: Waiting): Promise<void> {
    if (signal.aborted) {
      this.#rest(worker);
      reject(new HoldfastError('CANCELLED', 'whoever asked has gone'));
      return;
    }
    // Nothing interrupts a statement. Whoever has gone is not waited for, but the thread is, and goes on: starting another takes
    // longer than most reads. One that is late goes when it is through, and counts as none from now on.
    const gone = (): void => reject(new HoldfastError('CANCELLED', 'whoever asked has gone'));
    signal.addEventListener('abort', gone);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.#mostMs);
    try {
      worker.postMessage(read);
      const ended = once(worker, 'exit', { signal: late.signal }).then(() => undefined);
      const said = once(worker, 'message', { signal: late.signal });
      // Whichever loses is told so, and nobody listens.
      ended.catch(() => {});
      said.catch(() => {});
      const answer = (await Promise.race([said, ended]))?.[0] as ReadAnswer | undefined;
      if (answer === undefined) throw new Error('the thread of a read has ended');
      this.#rest(worker);
      if ('error' in answer) throw toHoldfastError(answer.error);
      resolve(answer.body);
    } catch (error) {
      if (late.signal.aborted) {
        this.#forget(worker);
        void worker.terminate();
        reject(new HoldfastError('QUERY_TOO_LONG', `it took longer than ${this.#mostMs} ms`));
      } else reject(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
      late.abort();
    }
  }

  #rest(worker: Worker): void {
    if (this.#closed || !this.#all.has(worker)) return;
    this.#idle.push(worker);
    setTimeout(() => {
      const at = this.#idle.indexOf(worker);
      if (at < 0 || this.#queue.length > 0) return;
      this.#idle.splice(at, 1);
      void worker.terminate();
    }, idleMs).unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0))
      reject(new HoldfastError('SHUTTING_DOWN', 'the server is ending'));
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }
}
