// The state of a PostgreSQL database: sizes, connections, settings in force, rights, damage.

import type { EngineStats, Finding, Session } from '../engine.ts';
import { syntax } from './dialect.ts';
import { orphans } from './orphans.ts';
import { ownership } from './ownership.ts';
import type { PostgresConnections } from './session.ts';

const { quote } = syntax;

const shown = [
  'server_encoding',
  'max_connections',
  'shared_buffers',
  'synchronous_commit',
  'fsync',
  'default_transaction_isolation',
];

export async function stats(session: Session, connections: PostgresConnections): Promise<EngineStats> {
  const sql = `SELECT current_setting('server_version'), pg_database_size(current_database()),
    (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database())`;
  const row = await session.get({ sql }, []);
  const settings = await session.all(
    { sql: `SELECT name, current_setting(name) FROM unnest($1::text[]) AS name` },
    [`{${shown.join()}}`],
  );
  const { open, idle } = connections.counts;
  return {
    engine: 'postgres',
    version: String(row![0]).split(' ')[0]!,
    sizeBytes: Number(row![1]),
    connections: { open, idle, server: Number(row![2]) },
    settings: Object.fromEntries(settings.map(([name, value]) => [String(name), String(value)])),
  };
}

/** Blocks that failed their checksum, indexes that cannot be used, references to records that are not there. */
export async function check(session: Session): Promise<Finding[]> {
  const failures = await session.get(
    {
      sql: `SELECT coalesce(sum(checksum_failures), 0)::bigint FROM pg_catalog.pg_stat_database
        WHERE datname = current_database()`,
    },
    [],
  );
  const findings: Finding[] = [];
  if (Number(failures?.[0]) > 0)
    findings.push({
      code: 'DATABASE_CORRUPT',
      where: 'database',
      what: `${failures![0]} blocks did not match their checksum`,
      fix: 'Restore the newest proven backup on a sound disk',
    });
  const invalid = await session.all(
    {
      sql: `SELECT i.relname FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
        WHERE NOT x.indisvalid
          AND i.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())`,
    },
    [],
  );
  for (const [index] of invalid)
    findings.push({
      code: 'DATABASE_CORRUPT',
      where: String(index),
      what: 'the index was never finished, and no query uses it',
      fix: `REINDEX INDEX ${quote(String(index))};`,
    });
  return [...findings, ...(await orphans(session))];
}

/** Settings under which what was acknowledged can be lost, and rights that Holdfast needs and lacks. */
export async function settingsFindings(session: Session, user: string): Promise<Finding[]> {
  return [
    ...(await unsafeSettings(session)),
    ...(await missingRights(session, user)),
    ...(await ownership(session, user)),
  ];
}

async function unsafeSettings(session: Session): Promise<Finding[]> {
  const sql = `SELECT name, setting FROM pg_catalog.pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'`;
  return (await session.all({ sql }, [])).map(([name]) => ({
    code: 'SETTING_UNSAFE',
    where: String(name),
    what: 'is off: a crash of the server can lose what was acknowledged',
    fix: `ALTER SYSTEM SET ${name} = on; SELECT pg_reload_conf();`,
  }));
}

async function missingRights(session: Session, user: string): Promise<Finding[]> {
  const to = `TO ${quote(user)};`;
  const row = await session.get(
    {
      sql: `SELECT current_database(), has_database_privilege(current_database(), 'TEMPORARY'),
        current_schema(), has_schema_privilege(current_schema(), 'CREATE')`,
    },
    [],
  );
  const [database, temporary, schema, create] = row!;
  const findings: Finding[] = [];
  const missing = (where: string, what: string, fix: string): void => {
    findings.push({ code: 'RIGHT_MISSING', where, what, fix });
  };
  if (temporary !== true)
    missing(
      `database ${database}`,
      'no right to make temporary tables, which large writes and doctor use',
      `GRANT TEMPORARY ON DATABASE ${quote(String(database))} ${to}`,
    );
  if (create !== true)
    missing(
      `schema ${schema}`,
      'no right to make tables, which migrations need',
      `GRANT CREATE ON SCHEMA ${quote(String(schema))} ${to}`,
    );
  const tables = await session.all(
    {
      sql: `SELECT c.relname, string_agg(r.right_, ', ') FROM pg_catalog.pg_class AS c
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r (right_)
        WHERE c.relkind IN ('r', 'p') AND NOT has_table_privilege(c.oid, r.right_)
          AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())
        GROUP BY c.relname ORDER BY c.relname`,
    },
    [],
  );
  for (const [table, rights] of tables)
    missing(String(table), `no right to ${rights}`, `GRANT ${rights} ON ${quote(String(table))} ${to}`);
  return findings;
}
