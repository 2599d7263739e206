// The rights that the account has, and those that it lacks: for tables, and for capturing their changes.

import { isHoldfastError } from '../../errors.ts';
import type { Finding, Session } from '../engine.ts';
import { generations } from './capture.ts';
import { quote } from './dialect.ts';
import type { Flavour } from './flavour.ts';
import { hasTable } from './introspect.ts';

const grantsOf = async (session: Session): Promise<string[]> =>
  (await session.all({ sql: 'SHOW GRANTS' }, [])).map(([grant]) => String(grant));
const isRole = (grant: string): boolean => /^GRANT [`'"]/.test(grant);
const accountOf = (grants: readonly string[]): string =>
  /TO ([`'"][^`'"]*[`'"]@[`'"][^`'"]*[`'"])/.exec(grants.join('\n'))?.[1] ?? 'CURRENT_USER';

const needed = [
  ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER', 'DROP', 'INDEX', 'REFERENCES'],
  ...['TRIGGER', 'CREATE TEMPORARY TABLES'],
];

export async function missingRights(session: Session, database: string): Promise<Finding[]> {
  const grants = await grantsOf(session);
  // What a role gives is not listed here.
  if (grants.some(isRole)) return [];
  const given = grants.flatMap((grant) => rightsOn(grant, database));
  const missing = given.includes('ALL PRIVILEGES') ? [] : needed.filter((right) => !given.includes(right));
  if (missing.length === 0) return [];
  return [
    {
      code: 'RIGHT_MISSING',
      where: `database ${database}`,
      what: `no right to ${missing.join(', ')}`,
      fix: `GRANT ${missing.join(', ')} ON ${quote(database)}.* TO ${accountOf(grants)};`,
    },
  ];
}

/** The rights that a grant gives on the whole database. Names in grants are patterns. */
function rightsOn(grant: string, database: string): string[] {
  const [, rights = '', scope = ''] = /^GRANT (.*?) ON (.*?) TO /.exec(grant) ?? [];
  if (scope !== '*.*') {
    const [, pattern] = /^`(.*)`\.\*$/.exec(scope) ?? [];
    if (pattern === undefined || !matchesPattern(pattern.replaceAll('``', '`'), database)) return [];
  }
  return rights.split(', ').map((right) => right.trim());
}

function matchesPattern(pattern: string, name: string): boolean {
  const source = pattern.replaceAll(/\\[%_]|[%_]|[^%_\\]+|\\/g, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    const text = /^\\[%_]$/.test(part) ? part.slice(1) : part;
    return text.replaceAll(/[^\w]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 's').test(name);
}

/** What keeps changes of tracked tables from being captured, or what happens to such tables from being noticed. */
export async function captureFindings(session: Session, flavour: Flavour): Promise<Finding[]> {
  if (!(await hasTable(session, generations))) return [];
  const grants = await grantsOf(session);
  return [
    ...(await binaryLog(session, grants)),
    ...(await truncation(session, flavour, grants)),
    ...(await clock(session)),
  ];
}

async function binaryLog(session: Session, grants: readonly string[]): Promise<Finding[]> {
  const row = await session.get({ sql: 'SELECT @@log_bin, @@log_bin_trust_function_creators' }, []);
  const [logged, trusted] = row!.map(Number);
  const may = grants.some(
    (grant) => isRole(grant) || /^GRANT (ALL PRIVILEGES|.*\bSUPER\b).* ON \*\.\* TO /.test(grant),
  );
  if (logged !== 1 || trusted === 1 || may) return [];
  return [
    {
      code: 'SETTING_NEEDED',
      where: 'log_bin_trust_function_creators',
      what: 'is OFF while the server keeps a binary log: triggers that are lost cannot be made again',
      fix: 'SET GLOBAL log_bin_trust_function_creators = ON;',
    },
  ];
}

async function truncation(
  session: Session,
  { name }: Flavour,
  grants: readonly string[],
): Promise<Finding[]> {
  const view = name === 'MariaDB' ? 'innodb_sys_tables' : 'innodb_tables';
  try {
    await session.all({ sql: `SELECT 1 FROM information_schema.${view} LIMIT 1` }, []);
    return [];
  } catch (error) {
    if (!isHoldfastError(error) || error.code !== 'DATABASE_FORBIDDEN') throw error;
    return [
      {
        code: 'RIGHT_ADVISED',
        where: 'PROCESS',
        what: 'without it, that a tracked table was emptied by TRUNCATE is noticed by db check alone',
        fix: `GRANT PROCESS ON *.* TO ${accountOf(grants)};`,
        advice: true,
      },
    ];
  }
}

/** Changes need an instant behind their wait for a lock, or that of the second to get it may be the earlier one. */
async function clock(session: Session): Promise<Finding[]> {
  const row = await session.get({ sql: 'SELECT sleep(0.001), sysdate(6) > now(6)' }, []);
  if (Number(row![1]) === 1) return [];
  return [
    {
      code: 'SETTING_UNSAFE',
      where: 'sysdate-is-now',
      what: 'is ON: changes of a record may stand in its history in the wrong order',
      fix: 'Take sysdate-is-now out of the settings of the server and start it again',
    },
  ];
}
