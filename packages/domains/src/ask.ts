// Asking a system many things, a few at a time; a question that fails is an answer too.

import { HoldfastError, isHoldfastError } from '@holdfast/core';
import type { CollectContext } from '@holdfast/core/sync';

/** What came of a question: a value, or why there is none. */
export interface Asked<T> {
  readonly value?: T;
  readonly error?: HoldfastError;
}

/** Counts questions, bounds how many are under way, and turns failures of the system into answers. */
export class Questions {
  readonly #context: Pick<CollectContext, 'source' | 'signal' | 'onProgress'>;
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #done = 0;
  #total = 0;

  /** @param atOnce how many may be under way at the same time */
  constructor(context: Pick<CollectContext, 'source' | 'signal' | 'onProgress'>, atOnce: number) {
    this.#context = context;
    this.#atOnce = atOnce;
  }

  /** @throws CANCELLED, and whatever is no failure of the system */
  async ask<T>(question: () => Promise<T>): Promise<Asked<T>> {
    this.#total++;
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      if (this.#context.signal?.aborted) throw new HoldfastError('CANCELLED', 'the sweep was cancelled');
      return { value: await question() };
    } catch (error) {
      if (isHoldfastError(error) && /^(SOURCE|RESPONSE)_/.test(error.code)) return { error };
      throw error;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
      this.#done++;
      this.#context.onProgress?.({ source: this.#context.source.name, done: this.#done, total: this.#total });
    }
  }
}
