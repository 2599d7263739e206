// Keeping writers out of a MySQL or MariaDB database. A trigger cannot be made without committing, so they are made first:
// each looks, under a lock, at one row that says whether the database has moved. Whoever holds that row holds all writers.

import type { Session } from '../engine.ts';
import { commitAfter, type Freeze, type FreezeEngine, sealMessage, sealPrefix } from '../freeze.ts';
import { quote } from './dialect.ts';
import { beginMigration } from './migrate.ts';
import type { MysqlConnections } from './session.ts';

const flag = `${sealPrefix}flag`;
const events = ['INSERT', 'UPDATE', 'DELETE'];

/** Cascades fire no triggers; what sets them off does. TRUNCATE fires none, and goes unseen. */
export const freezeEngine = (connections: MysqlConnections): FreezeEngine => ({
  async freeze(tables, to): Promise<Freeze> {
    const message = sealMessage(to).replaceAll('\\', '\\\\').replaceAll("'", "''");
    await takeAway(connections);
    const { session, commit, rollback } = await beginMigration(connections);
    try {
      await patiently(session, async () => {
        await session.exec(
          `CREATE TABLE ${flag} (id INT PRIMARY KEY, moved BOOL NOT NULL) ENGINE = InnoDB; INSERT INTO ${flag} VALUES (1, 0)`,
        );
        for (const [index, { name }] of tables.entries())
          for (const event of events)
            await session.exec(
              `CREATE TRIGGER ${sealPrefix}${index}_${event.toLowerCase()} BEFORE ${event} ON ${quote(name)} FOR EACH ROW
              IF (SELECT moved FROM ${flag} WHERE id = 1 LOCK IN SHARE MODE) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${message}'; END IF`,
            );
      });
      await commit();
    } catch (error) {
      await rollback();
      await takeAway(connections);
      throw error;
    }
    return {
      async hold() {
        const since = performance.now();
        const open = await connections.begin({ blind: true });
        try {
          await patiently(open.session, () =>
            open.session.get({ sql: `SELECT moved FROM ${flag} WHERE id = 1 FOR UPDATE` }, []),
          );
        } catch (error) {
          await open.rollback();
          throw error;
        }
        return {
          since,
          seal: (mark) =>
            commitAfter(open, async (own) => {
              await own.exec(`UPDATE ${flag} SET moved = 1`);
              await mark(own);
            }),
          release: () => open.rollback(),
        };
      },
      discard: () => takeAway(connections),
    };
  },
  async thaw(unmark) {
    await unmark(connections.session);
    await takeAway(connections);
  },
});

/** Waits ten seconds for a lock, of rows or of a table's definition; the store itself may wait for ever. */
async function patiently(session: Session, work: () => Promise<unknown>): Promise<void> {
  await session.exec(`SET @holdfast_rows = @@innodb_lock_wait_timeout, @holdfast_tables = @@lock_wait_timeout;
    SET SESSION innodb_lock_wait_timeout = 10, lock_wait_timeout = 10`);
  try {
    await work();
  } finally {
    const back =
      'SET SESSION innodb_lock_wait_timeout = @holdfast_rows, lock_wait_timeout = @holdfast_tables';
    await session.exec(back).catch(() => undefined);
  }
}

async function takeAway(connections: MysqlConnections): Promise<void> {
  const { session, commit, rollback } = await beginMigration(connections);
  try {
    const sql = `SELECT trigger_name FROM information_schema.triggers
      WHERE trigger_schema = database() AND left(trigger_name, ${sealPrefix.length}) = '${sealPrefix}'`;
    for (const [name] of await session.all({ sql }, []))
      await session.exec(`DROP TRIGGER IF EXISTS ${quote(String(name))}`);
    await session.exec(`DROP TABLE IF EXISTS ${flag}`);
    await commit();
  } catch (error) {
    await rollback();
    throw error;
  }
}
