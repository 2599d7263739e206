// Tells other servers of the database by Redis that there is something to look for. What it is stands in the database: what
// gets lost on the way, or while Redis is away, is found by the next look.

import { randomUUID } from 'node:crypto';
import { HoldfastError } from '@holdfast/core';
import { createClient } from '@redis/client';

export type News = 'news' | 'sessions';

const channel = 'holdfast:news';
/** What happens at once is told once. */
const pauseMs = 20;
const longestPauseMs = 5_000;

export class Fanout {
  readonly #own = randomUUID();
  readonly #publisher: ReturnType<typeof createClient>;
  readonly #subscriber: ReturnType<typeof createClient>;
  readonly #onError: (error: unknown, doing: string) => void;
  readonly #waiting = new Set<News>();
  #timer: NodeJS.Timeout | undefined;
  #lost = false;
  #closed = false;
  #heard = 0;

  constructor(url: string, onError: (error: unknown, doing: string) => void) {
    this.#onError = onError;
    this.#publisher = createClient({
      url,
      // What cannot be told now is told by the database.
      disableOfflineQueue: true,
      socket: {
        connectTimeout: 5_000,
        reconnectStrategy: (tries) => Math.min(100 * 2 ** tries, longestPauseMs),
      },
    });
    this.#subscriber = this.#publisher.duplicate();
    for (const client of [this.#publisher, this.#subscriber]) {
      client.on('error', (error: unknown) => this.#fail(error));
      client.on('ready', () => {
        if (this.state === 'ok') this.#lost = false;
      });
    }
  }

  get state(): 'ok' | 'lost' {
    return this.#publisher.isReady && this.#subscriber.isReady ? 'ok' : 'lost';
  }

  /** From other servers. */
  get heard(): number {
    return this.#heard;
  }

  /** Does not wait: without Redis everything goes on. It is looked for until `close`. */
  start(hear: (what: News) => void): void {
    const said = (text: string): void => {
      const [what, from] = text.split(' ');
      if (from === this.#own || (what !== 'news' && what !== 'sessions')) return;
      this.#heard++;
      hear(what);
    };
    for (const connected of [
      this.#publisher.connect(),
      this.#subscriber.connect().then(() => this.#subscriber.subscribe(channel, said)),
    ])
      connected.catch((error: unknown) => this.#fail(error));
  }

  tell(what: News): void {
    this.#waiting.add(what);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const all = [...this.#waiting];
      this.#waiting.clear();
      if (!this.#publisher.isReady) return;
      for (const each of all)
        this.#publisher.publish(channel, `${each} ${this.#own}`).catch((error: unknown) => this.#fail(error));
    }, pauseMs).unref();
  }

  /** Once for each time that it is lost. */
  #fail(error: unknown): void {
    if (this.#lost || this.#closed) return;
    this.#lost = true;
    const why = (error as Error).message || String((error as { code?: string }).code);
    this.#onError(new HoldfastError('REDIS_LOST', `Redis does not answer: ${why}`), 'telling other servers');
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const client of [this.#publisher, this.#subscriber]) if (client.isOpen) client.destroy();
  }
}
