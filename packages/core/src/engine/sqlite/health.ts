// The state of a SQLite database: sizes, settings in force, damage.

import { statSync } from 'node:fs';
import { isHoldfastError } from '../../errors.ts';
import type { EngineStats, Finding, Session } from '../engine.ts';
import type { SqliteConnections } from './connections.ts';
import { syntax } from './dialect.ts';
import type { SqliteSettings } from './settings.ts';

const value = async (session: Session, sql: string): Promise<string | number> => {
  const row = await session.get({ sql }, []);
  return (row?.[0] ?? '') as string | number;
};

export async function stats(
  session: Session,
  path: string,
  connections: SqliteConnections,
): Promise<EngineStats> {
  const size = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return {
    engine: 'sqlite',
    version: String(await value(session, 'SELECT sqlite_version()')),
    sizeBytes: path === ':memory:' ? 0 : size(path) + size(`${path}-wal`),
    connections: connections.counts,
    settings: {
      journal_mode: await value(session, 'PRAGMA journal_mode'),
      page_size: await value(session, 'PRAGMA page_size'),
      page_count: await value(session, 'PRAGMA page_count'),
      freelist_count: await value(session, 'PRAGMA freelist_count'),
      cache_size: await value(session, 'PRAGMA cache_size'),
      foreign_keys: await value(session, 'PRAGMA foreign_keys'),
    },
  };
}

/** Damaged pages and indexes, and references to records that are not there. */
export async function check(session: Session): Promise<Finding[]> {
  return [...(await damage(session)), ...(await orphans(session))];
}

async function damage(session: Session): Promise<Finding[]> {
  const finding = (what: string): Finding => ({
    code: 'DATABASE_CORRUPT',
    where: 'file',
    what,
    fix: 'Keep the file, and restore the newest proven backup',
  });
  try {
    const lines = await session.all({ sql: 'PRAGMA integrity_check(100)' }, []);
    return lines
      .map(([line]) => String(line))
      .filter((line) => line !== 'ok')
      .map(finding);
  } catch (error) {
    // So damaged that the look at it ends early.
    if (isHoldfastError(error) && error.code === 'DATABASE_CORRUPT') return [finding(error.message)];
    throw error;
  }
}

async function orphans(session: Session): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  const found = await session.all({ sql: 'PRAGMA foreign_key_check' }, []).catch((error: unknown) => {
    if (isHoldfastError(error) && error.code === 'DATABASE_CORRUPT') return [];
    throw error;
  });
  for (const [table, row, parent, key] of found) {
    // A table that lives in its key's tree has no row ids: one statement then mends all its orphans.
    const where = row === null ? `${table} reference ${key}` : `${table} row ${row}`;
    const condition =
      row === null ? await orphaned(session, String(table), Number(key)) : `rowid = ${String(row)}`;
    findings.set(where, {
      code: 'REFERENCE_MISSING',
      where,
      what: `refers to a record of ${parent} that does not exist`,
      fix: `DELETE FROM ${syntax.quote(String(table))} WHERE ${condition};`,
    });
  }
  return [...findings.values()];
}

/** The condition that a record's reference leads nowhere. */
async function orphaned(session: Session, table: string, key: number): Promise<string> {
  const sql = 'SELECT "table", "from", "to" FROM pragma_foreign_key_list(?) WHERE id = ?';
  const parts = await session.all({ sql }, [table, key]);
  const { quote } = syntax;
  const same = parts.map(([, from, to]) => `p.${quote(String(to))} = ${quote(table)}.${quote(String(from))}`);
  const parent = quote(String(parts[0]?.[0]));
  return `NOT EXISTS (SELECT 1 FROM ${parent} AS p WHERE ${same.join(' AND ')})`;
}

export async function settingsFindings(session: Session, { path }: SqliteSettings): Promise<Finding[]> {
  const mode = await value(session, 'PRAGMA journal_mode');
  if (path === ':memory:' || mode === 'wal') return [];
  return [
    {
      code: 'SETTING_UNSAFE',
      where: 'journal_mode',
      what: `is ${mode}; readers and the writer block each other without wal (network file systems refuse it)`,
      fix: 'PRAGMA journal_mode=WAL; or move the file to a local disk',
    },
  ];
}
