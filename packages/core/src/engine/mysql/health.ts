// The state of a MySQL or MariaDB database: sizes, connections, settings in force, rights, damage.

import type { EngineStats, Finding, Session } from '../engine.ts';
import { quote } from './dialect.ts';
import type { Flavour } from './flavour.ts';
import { orphans } from './orphans.ts';
import { captureFindings, missingRights } from './rights.ts';
import type { MysqlConnections } from './session.ts';

const shown = [
  'character_set_server',
  'collation_database',
  'max_connections',
  'max_allowed_packet',
  'innodb_buffer_pool_size',
  'innodb_flush_log_at_trx_commit',
  'sync_binlog',
];

export async function stats(
  session: Session,
  connections: MysqlConnections,
  { name }: Flavour,
): Promise<EngineStats> {
  const sql = `SELECT @@version, (SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables
      WHERE table_schema = database()),
    (SELECT count(*) FROM information_schema.processlist WHERE db = database())`;
  const row = await session.get({ sql }, []);
  const settings = await session.all(
    { sql: `SHOW VARIABLES WHERE variable_name IN (${shown.map((each) => `'${each}'`).join(', ')})` },
    [],
  );
  const { open, idle } = connections.counts;
  return {
    engine: 'mysql',
    version: `${name} ${String(row![0]).split('-')[0]}`,
    sizeBytes: Number(row![1]),
    connections: { open, idle, server: Number(row![2]) },
    settings: Object.fromEntries(settings.map(([each, value]) => [String(each), String(value)])),
  };
}

/** Tables whose pages or indexes the server finds damaged, and references to records that are not there. */
export async function check(session: Session): Promise<Finding[]> {
  const tables = await session.all(
    {
      sql: `SELECT table_name FROM information_schema.tables
        WHERE table_schema = database() AND table_type = 'BASE TABLE'`,
    },
    [],
  );
  const findings: Finding[] = [];
  for (const [table] of tables) {
    const name = String(table);
    for (const [, , kind, message] of await session.all({ sql: `CHECK TABLE ${quote(name)}` }, []))
      if (/^(error|warning)$/i.test(String(kind)))
        findings.push({
          code: 'DATABASE_CORRUPT',
          where: name,
          what: String(message),
          fix: 'Restore the newest proven backup on a sound disk',
        });
  }
  return [...findings, ...(await orphans(session))];
}

/** Settings under which what was acknowledged can be lost, and rights that Holdfast needs and lacks. */
export async function settingsFindings(
  session: Session,
  database: string,
  flavour: Flavour,
): Promise<Finding[]> {
  const unsafe = await unsafeSettings(session);
  return [
    ...unsafe,
    ...(await missingRights(session, database)),
    ...(await captureFindings(session, flavour)),
  ];
}

/** Safe values of what makes a commit durable. */
const safe: Readonly<Record<string, readonly string[]>> = {
  innodb_flush_log_at_trx_commit: ['1', '3'],
  innodb_doublewrite: ['ON', '1', 'DETECT_AND_RECOVER'],
};

async function unsafeSettings(session: Session): Promise<Finding[]> {
  const names = Object.keys(safe).map((name) => `'${name}'`);
  const rows = await session.all(
    { sql: `SHOW GLOBAL VARIABLES WHERE variable_name IN (${names.join(', ')})` },
    [],
  );
  return rows
    .map(([name, value]) => [String(name), String(value)] as const)
    .filter(([name, value]) => !safe[name]!.includes(value.toUpperCase()))
    .map(([name, value]) => ({
      code: 'SETTING_UNSAFE',
      where: name,
      what: `is ${value}: a crash of the server can lose what was acknowledged`,
      fix:
        name === 'innodb_doublewrite'
          ? 'Set innodb_doublewrite=ON and start the server again'
          : `SET GLOBAL ${name} = 1;`,
    }));
}
