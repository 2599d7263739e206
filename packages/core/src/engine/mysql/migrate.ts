// Migrations go one at a time, whichever process they are in.

import type { OpenTransaction } from '../engine.ts';
import type { MysqlConnections } from './session.ts';

/** The server ends the wait by itself when the connection is lost. */
const aYear = 31_536_000;

/**
 * Under a lock of the server. Every statement that changes the schema is committed by itself: what was done
 * before a failure stays, and is found done when it is tried again.
 */
export async function beginMigration(connections: MysqlConnections): Promise<OpenTransaction> {
  const open = await connections.begin({ blind: true });
  const lock = (call: string): Promise<unknown> =>
    open.session.get(
      { sql: `SELECT ${call.replace('$name', `concat('holdfast ', left(sha2(database(), 256), 32))`)}` },
      [],
    );
  const end = async (command: 'COMMIT' | 'ROLLBACK', work: () => Promise<void>): Promise<void> => {
    // Others may look only when everything is there.
    if (open.alive) {
      await open.session.exec(command);
      await lock('release_lock($name)');
    }
    await work();
  };
  try {
    await lock(`get_lock($name, ${aYear})`);
  } catch (error) {
    await open.rollback();
    throw error;
  }
  return {
    session: open.session,
    get alive() {
      return open.alive;
    },
    commit: () => end('COMMIT', open.commit),
    rollback: () => end('ROLLBACK', open.rollback).catch(() => open.rollback()),
  };
}
