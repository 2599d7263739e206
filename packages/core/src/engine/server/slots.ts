// A counting lock: so many at once, the others in order, and nobody for longer than he wants to wait.

import { HoldfastError } from '../../errors.ts';
import { type Release, throwIfAborted } from '../write-lock.ts';

export class Slots {
  readonly #what: string;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  /** @param what names the thing in messages */
  constructor(free: number, what: string, timeoutMs: number) {
    this.#free = free;
    this.#what = what;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws POOL_EXHAUSTED after the time, CANCELLED when the signal fires */
  async acquire(signal?: AbortSignal | undefined): Promise<Release> {
    throwIfAborted(signal);
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const [next] = this.#waiting;
      if (next === undefined) this.#free++;
      else next();
    };
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(go);
        signal?.removeEventListener('abort', cancel);
      };
      const go = (): void => {
        stop();
        resolve();
      };
      const cancel = (): void => {
        stop();
        reject(new HoldfastError('CANCELLED', 'the work was cancelled'));
      };
      const giveUp = (): void => {
        stop();
        reject(new HoldfastError('POOL_EXHAUSTED', `${this.#what}: none was free for ${this.#timeoutMs} ms`));
      };
      const timer = this.#timeoutMs > 0 ? setTimeout(giveUp, this.#timeoutMs) : undefined;
      this.#waiting.add(go);
      signal?.addEventListener('abort', cancel);
    });
  }
}
