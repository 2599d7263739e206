// Turns of the event loop for everybody else, between pieces of work that keep the processor.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfAborted } from '../../engine/write-lock.ts';

/** Milliseconds of work without a turn. */
const longest = 5;

export class Turns {
  #since = performance.now();

  /** @throws CANCELLED */
  async pause(signal: AbortSignal | undefined): Promise<void> {
    if (performance.now() - this.#since < longest) return;
    await nextTurn();
    throwIfAborted(signal);
    this.#since = performance.now();
  }
}
