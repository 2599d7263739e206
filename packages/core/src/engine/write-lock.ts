// A fair lock for the one writer: waits in order, and gives up when a signal says so.

import { HoldfastError } from '../errors.ts';

/** Releases the lock; calling it again does nothing. */
export type Release = () => void;

export class WriteLock {
  #tail: Promise<void> = Promise.resolve();

  /** @throws CANCELLED when the signal fires before the lock is had */
  async acquire(signal?: AbortSignal): Promise<Release> {
    const before = this.#tail;
    let release: Release = () => {};
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    try {
      await (signal === undefined ? before : untilAborted(before, signal));
    } catch (error) {
      // Whoever waits behind still has to wait for the one in front.
      void before.then(release);
      throw error;
    }
    return release;
  }
}

async function untilAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop: () => void = () => {};
  throwIfAborted(signal);
  const aborted = new Promise<never>((_, reject) => {
    stop = (): void => reject(cancelled());
  });
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const cancelled = (): HoldfastError => new HoldfastError('CANCELLED', 'the work was cancelled');

/** @throws CANCELLED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}
