// Guessing passwords is slow: after some failures each further try has to wait, longer and longer, at every server.

import { createHash } from 'node:crypto';
import { HoldfastError, type Instant, now, type Repositories, type Store } from '@holdfast/core';
import { signInTries } from '@holdfast/core/system';

/** Failures that cost nothing: people mistype. */
const free = 5;
const second = 1_000_000;
const longest = 15 * 60 * second;
/** After the last failure they are forgotten. */
const remembered = 3_600 * second;

const idOf = (key: string): string => createHash('sha256').update(key).digest('hex');

export class SignInThrottle {
  readonly #store: Store;
  readonly #clock: () => Instant;
  /** Each hash takes 19 MiB and most of a core. */
  #hashing = 0;

  constructor(store: Store, clock: () => Instant = now) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Runs a try to sign in; several failures of one name, or from one address, make the next wait.
   * @throws TOO_MANY_REQUESTS with `details.retryAfter`, in seconds
   */
  async attempt(keys: readonly string[], work: () => Promise<boolean>): Promise<boolean> {
    if (this.#hashing >= 4) throw tooMany(1);
    this.#hashing++;
    try {
      const ids = keys.map(idOf);
      const at = this.#clock();
      // Counted before it is known: many tries at once are many tries.
      const wait = await this.#store.transaction((transaction) => count(transaction, ids, at));
      if (wait > 0) throw tooMany(Math.ceil(wait / second));
      const good = await work();
      if (good) await this.#store.repository(signInTries).deleteMany({ id: { in: ids } });
      return good;
    } finally {
      this.#hashing--;
    }
  }
}

/** @returns how long it still has to wait; then nothing is counted */
async function count(repositories: Repositories, ids: readonly string[], at: Instant): Promise<number> {
  const tries = repositories.repository(signInTries);
  const { items } = await tries.list({ where: { id: { in: [...ids] }, expiresAt: { gt: at } } });
  const wait = Math.max(...items.map(({ waitUntil }) => (waitUntil ?? at) - at), 0);
  if (wait > 0) return wait;
  for (const id of ids) {
    const failures = (items.find((each) => each.id === id)?.failures ?? 0) + 1;
    const next = failures < free ? 0 : Math.min(second * 2 ** (failures - free), longest);
    const waitUntil = next === 0 ? null : at + next;
    await tries.upsert({ id, failures, waitUntil, expiresAt: at + next + remembered });
  }
  return 0;
}

const tooMany = (seconds: number): HoldfastError =>
  new HoldfastError('TOO_MANY_REQUESTS', `too many tries to sign in: wait ${seconds} s`, {
    details: { retryAfter: seconds },
  });
