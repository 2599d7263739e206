// Keeping writers out of a PostgreSQL database: locks that readers do not feel, then a trigger on each table.

import { commitAfter, type Freeze, type FreezeEngine, sealMessage, sealPrefix } from '../freeze.ts';
import { syntax } from './dialect.ts';
import type { PostgresConnections } from './session.ts';

const { quote } = syntax;
const procedure = `${sealPrefix}refuse`;

export const freezeEngine = (connections: PostgresConnections): FreezeEngine => ({
  async freeze(tables, to): Promise<Freeze> {
    const names = tables.map(({ name }) => quote(name));
    const message = sealMessage(to).replaceAll("'", "''").replaceAll('%', '%%');
    return {
      async hold() {
        const open = await connections.begin({ blind: true });
        const lock = (mode: string): Promise<void> =>
          open.session.exec(`LOCK TABLE ${names.join(', ')} IN ${mode} MODE`);
        let since: number;
        try {
          await open.session.exec("SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0");
          // A vacuum lets go only after a second; nobody who writes waits meanwhile.
          await lock('SHARE UPDATE EXCLUSIVE');
          since = performance.now();
          await lock('SHARE ROW EXCLUSIVE');
        } catch (error) {
          await open.rollback();
          throw error;
        }
        return {
          since,
          seal: (mark) =>
            commitAfter(open, async (session) => {
              await session.exec(
                `CREATE FUNCTION ${procedure}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '${message}'; END $$`,
              );
              for (const name of names)
                await session.exec(
                  `CREATE TRIGGER ${sealPrefix}all BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${name} EXECUTE FUNCTION ${procedure}();
                  ALTER TABLE ${name} ENABLE ALWAYS TRIGGER ${sealPrefix}all`,
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
    await commitAfter(await connections.begin({ blind: true }), async (session) => {
      await session.exec(`DROP FUNCTION IF EXISTS ${procedure}() CASCADE`);
      await unmark(session);
    });
  },
});
