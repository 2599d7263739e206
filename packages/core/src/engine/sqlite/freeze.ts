// Keeping writers out of a SQLite file: the lock that every writer needs, then a trigger on each table.

import { commitAfter, type Freeze, type FreezeEngine, sealMessage, sealPrefix } from '../freeze.ts';
import type { SqliteConnections } from './connections.ts';
import { syntax } from './dialect.ts';

const { quote } = syntax;
const events = ['INSERT', 'UPDATE', 'DELETE'];

export const freezeEngine = (connections: SqliteConnections): FreezeEngine => ({
  async freeze(tables, to): Promise<Freeze> {
    const message = sealMessage(to).replaceAll("'", "''");
    return {
      async hold() {
        const since = performance.now();
        const open = await connections.begin();
        return {
          since,
          seal: (mark) =>
            commitAfter(open, async (session) => {
              for (const [index, { name }] of tables.entries())
                for (const event of events)
                  await session.exec(
                    `CREATE TRIGGER "${sealPrefix}${index}_${event.toLowerCase()}" BEFORE ${event} ON ${quote(name)} BEGIN SELECT RAISE(ABORT, '${message}'); END`,
                  );
              await mark(session);
            }),
          release: () => open.rollback(),
        };
      },
      discard: async () => {},
    };
  },
  async thaw(unmark) {
    await commitAfter(await connections.begin(), async (session) => {
      const sql = `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND substr(name, 1, ${sealPrefix.length}) = '${sealPrefix}'`;
      for (const [name] of await session.all({ sql }, []))
        await session.exec(`DROP TRIGGER ${quote(String(name))}`);
      await unmark(session);
    });
  },
});
