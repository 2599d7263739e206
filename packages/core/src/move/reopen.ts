// Taking the seal of a database that has moved away: it goes on as it was then.

import { openEngine } from '../engine/open-engine.ts';
import { parseSqliteUrl } from '../engine/sqlite/settings.ts';
import type { Domain } from '../schema/domain.ts';
import type { Store } from '../store/open-store.ts';
import { systemDomain } from '../system/domain.ts';
import { migrationsTable } from '../update/migrations-table.ts';
import { movedMark } from '../update/moved-mark.ts';
import { endLogging, movingTables } from './moving-tables.ts';

/** Where the database of an open store has moved to meanwhile, as messages name it; undefined: it has not. */
export async function movedAway(store: Store): Promise<string | undefined> {
  const { domain, id } = movedMark;
  return (await store.repository(migrationsTable).get({ domain, id }))?.checksum;
}

/** @returns false where it is not sealed. What was written at the new place meanwhile is not in it. */
export async function reopen(url: string, domains: readonly Domain[]): Promise<boolean> {
  const engine = await openEngine(url, { mustExist: true });
  const { quote, placeholder } = engine.syntax;
  const of = `FROM ${quote(migrationsTable.name)} WHERE domain = ${placeholder(1)}`;
  try {
    const found = await engine.read(async (session) =>
      (await engine.hasTable(session, migrationsTable.name))
        ? session.get({ sql: `SELECT 1 ${of}` }, [movedMark.domain])
        : undefined,
    );
    if (found === undefined) return false;
    await engine.thaw(async (session) => {
      await session.run({ sql: `DELETE ${of}` }, [movedMark.domain]);
    });
    await endLogging(engine, movingTables({ domains: [systemDomain, ...domains] }));
    return true;
  } finally {
    await engine.close();
  }
}

/** A database as messages name it: without credentials. Servers are asked whether they answer. */
export async function locationOf(url: string): Promise<string> {
  if (/^(sqlite|file):/i.test(url)) return parseSqliteUrl(url).path;
  const engine = await openEngine(url, {});
  await engine.close();
  return engine.location;
}
