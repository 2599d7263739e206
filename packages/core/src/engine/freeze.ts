// Keeping writers out: for a moment, while the last changes are taken along, and for good once the database has moved.

import type { TableSpec } from '../schema/spec.ts';
import type { OpenTransaction, Session } from './engine.ts';

/** Readies what keeping writers out needs; nobody is kept out yet. */
export interface Freeze {
  /**
   * Lets the transactions that write come to their end, and has all others wait, whichever program they are of.
   * @throws DATABASE_BUSY where they do not end in time, TRANSACTION_CONFLICT where it may be tried again
   */
  hold(): Promise<HeldFreeze>;
  /** Takes away what was readied. */
  discard(): Promise<void>;
}

export interface HeldFreeze {
  /** When writers may have begun to wait, by `performance.now()`. */
  readonly since: number;
  /**
   * From now on every write is refused with DATABASE_MOVED, whoever tries it.
   * @param mark writes, in the same transaction, what tells whoever opens the database
   */
  seal(mark: (session: Session) => Promise<void>): Promise<void>;
  /** Lets writers go on. */
  release(): Promise<void>;
}

export interface FreezeEngine {
  /**
   * @param tables whose rows nobody may change; those that are not named stay as they are
   * @param to where the database moves, for messages; never with credentials
   */
  freeze(tables: readonly TableSpec[], to: string): Promise<Freeze>;
  /** Takes a seal away, or what a process has left that died while it readied one. @param unmark in the same transaction, where DDL is part of one */
  thaw(unmark: (session: Session) => Promise<void>): Promise<void>;
}

/** Begins the name of every trigger that keeps writers out. */
export const sealPrefix = 'holdfast_moved_';
const said = 'holdfast: moved to ';
/** The server takes 128 signs. */
export const sealMessage = (to: string): string => `${said}${to}`.slice(0, 120);

/** Where a database has moved to, from what one of its triggers says. */
export const movedTo = (message: string): string | undefined => {
  const at = message.indexOf(said);
  return at < 0 ? undefined : message.slice(at + said.length);
};

/** Ends a transaction with work, or with what it was before. */
export async function commitAfter(
  { session, commit, rollback }: OpenTransaction,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  try {
    await work(session);
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
}
