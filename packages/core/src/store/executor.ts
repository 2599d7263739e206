// Where a repository's statements run: on the store, or inside a transaction.

import type { Session } from '../engine/engine.ts';

export interface Executor {
  /** Reads committed state, or the transaction's own. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** One statement that is atomic by itself. */
  once<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Several statements, all or none. The signal also ends a wait for the write lock. */
  atomic<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  readonly signal: AbortSignal | undefined;
}
