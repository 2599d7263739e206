// Running a transaction again when it lost against another one.

import { setTimeout as wait } from 'node:timers/promises';
import { throwIfAborted } from '../engine/write-lock.ts';
import { isHoldfastError } from '../errors.ts';

/** How long it is tried. Each time somebody else has won, so all of them come through in the end. */
const patienceMs = 30_000;

/** Repeats work that ends with TRANSACTION_CONFLICT, with growing pauses. @throws TRANSACTION_CONFLICT, CANCELLED */
export async function untilSettled<R>(work: () => Promise<R>, signal?: AbortSignal | undefined): Promise<R> {
  const deadline = performance.now() + patienceMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return await work();
    } catch (error) {
      const lost = isHoldfastError(error) && error.code === 'TRANSACTION_CONFLICT';
      if (!lost || performance.now() > deadline) throw error;
    }
    await wait(pause * (0.5 + Math.random()));
    throwIfAborted(signal);
  }
}
