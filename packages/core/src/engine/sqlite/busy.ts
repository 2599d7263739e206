// Waiting for a lock that another process holds, without blocking the event loop.

import { setTimeout as wait } from 'node:timers/promises';
import { isHoldfastError } from '../../errors.ts';
import { throwIfAborted } from '../write-lock.ts';
import { isBusy } from './errors.ts';

/** A process that writes without a pause leaves the lock for moments only: who asks seldom misses them all. */
const longestPause = 20;

/** Repeats work while it meets such a lock, for as long as the time allows. @throws DATABASE_BUSY, CANCELLED */
export async function whenFree<T>(
  work: () => T | Promise<T>,
  timeoutMs: number,
  signal?: AbortSignal | undefined,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 2; ; pause = Math.min(pause * 2, longestPause)) {
    throwIfAborted(signal);
    try {
      return await work();
    } catch (error) {
      const busy = isHoldfastError(error) && isBusy(error.cause);
      if (!busy || performance.now() + pause > deadline) throw error;
    }
    await wait(pause * (0.5 + Math.random()));
  }
}
