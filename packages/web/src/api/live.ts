// Follows the events of the server, and makes the reads stale that they concern.

import type { QueryClient } from '@tanstack/react-query';
import { makeStale } from './make-stale.ts';
import type { Job } from './types.ts';

export type LiveState = 'connecting' | 'live' | 'lost';

interface LiveEvent {
  readonly type: 'hello' | 'change' | 'job' | 'drift' | 'source' | 'lost';
  readonly id?: string;
  readonly resource?: string;
  readonly job?: Job;
}

const overview = ['/overview'];
/** What one kind of event makes stale. */
const concerned: Readonly<Record<string, readonly string[]>> = {
  drift: [...overview, '/drift'],
  source: [...overview, '/sources', '/runs', '/plans', '/status'],
  lost: [''],
};
/** What a job that has ended may have changed, by its kind. */
const byJob: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    [
      ...['archive-create', 'archive-verify', 'archive-restore-into'],
      ...['backup', 'backup-copy', 'backup-verify', 'backup-prune'],
    ].map((kind) => [kind, ['/backups', '/plans']]),
  ),
  drift: ['/drift'],
  sync: ['/sources', '/plans', '/runs'],
};

/** Milliseconds that news are gathered: a sweep tells of thousands. */
const gatherMs = 400;

export class Live {
  readonly #client: QueryClient;
  readonly #onState: (state: LiveState) => void;
  #socket: WebSocket | undefined;
  #last: string | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stale = new Set<string>();
  #gather: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(client: QueryClient, onState: (state: LiveState) => void) {
    this.#client = client;
    this.#onState = onState;
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#gather);
    this.#socket?.close();
  }

  #connect(): void {
    const last = this.#last === undefined ? '' : `?last=${encodeURIComponent(this.#last)}`;
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/events${last}`);
    this.#socket = socket;
    this.#onState('connecting');
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)) as LiveEvent);
    socket.onclose = () => {
      if (this.#closed) return;
      this.#onState('lost');
      // Where the session is over, asking for it shows the sign-in; a refused connection does not tell why.
      makeStale(this.#client, ['/session']);
      this.#timer = setTimeout(() => this.#connect(), Math.min(15_000, 500 * 2 ** this.#tries++));
    };
  }

  #take(event: LiveEvent): void {
    if (event.id !== undefined) this.#last = event.id;
    if (event.type === 'hello') {
      if (this.#tries > 0) this.#soon(['']);
      this.#tries = 0;
      this.#onState('live');
    } else if (event.type === 'change')
      this.#soon([...overview, '/history', `/resources/${event.resource}`, '/resources$']);
    else if (event.type === 'job') this.#job(event.job!);
    else this.#soon(concerned[event.type] ?? []);
  }

  #job(job: Job): void {
    const read = ['api', `/jobs/${job.id}`, null];
    this.#client.setQueryData<Job>(read, (before) => (before === undefined ? job : { ...before, ...job }));
    this.#soon([...overview, '/jobs', ...(job.finishedAt === null ? [] : (byJob[job.kind] ?? []))]);
  }

  #soon(paths: readonly string[]): void {
    for (const path of paths) this.#stale.add(path);
    this.#gather ??= setTimeout(() => {
      this.#gather = undefined;
      makeStale(this.#client, [...this.#stale]);
      this.#stale.clear();
    }, gatherMs);
  }
}
