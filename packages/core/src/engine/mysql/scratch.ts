// Scratch databases on the same server. A lock of the session that made one says that somebody is at work in it, from
// whichever host; the lock of a killed process is free.

import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError, isHoldfastError } from '../../errors.ts';
import type { Engine } from '../engine.ts';
import type { Scratch } from '../scratch.ts';
import { hold } from '../server/hold.ts';
import type { MysqlConnection } from './connection.ts';
import { quote } from './dialect.ts';
import type { MysqlConnections } from './session.ts';

/** Work, the lock, and what looks on. */
const fewestConnections = 4;

interface Opened {
  readonly engine: Engine;
  readonly connections: MysqlConnections;
}

interface Place {
  readonly url: string;
  readonly database: string;
  readonly account: string;
  readonly connections: MysqlConnections;
}

/** Databases beside ours begin alike, so that one right is enough. */
const prefixOf = (database: string): string =>
  `holdfast_${createHash('sha256').update(database).digest('hex').slice(0, 12)}_`;
export const keptName = (database: string, stamp: string): string => `${prefixOf(database)}before_${stamp}`;
const lockOf = (name: string): string => `'holdfast scratch ${name}'`;

/** The refusal with the statement that gives the right. */
export function withRight<T>(
  work: Promise<T>,
  { database, account }: Pick<Place, 'database' | 'account'>,
): Promise<T> {
  return work.catch((error: unknown) => {
    if (!isHoldfastError(error) || !['DATABASE_FORBIDDEN', 'DATABASE_AUTH'].includes(error.code)) throw error;
    const pattern = `${prefixOf(database).replaceAll('_', '\\_')}%`;
    throw new HoldfastError('DATABASE_FORBIDDEN', `no right to make a database beside ${database}`, {
      hint: `GRANT ALL PRIVILEGES ON ${quote(pattern)}.* TO ${account};`,
      cause: error,
    });
  });
}

/** Databases that nobody holds. @returns their names */
export async function removeLeftovers(connection: MysqlConnection, database: string): Promise<string[]> {
  const removed: string[] = [];
  const prefix = `${prefixOf(database)}scratch_`;
  const { rows } = await connection.execute('SELECT schema_name FROM information_schema.schemata', []);
  for (const name of rows.map(([each]) => String(each)).filter((each) => each.startsWith(prefix))) {
    const taken = await connection.execute(`SELECT get_lock(${lockOf(name)}, 0)`, []);
    if (Number(taken.rows[0]![0]) !== 1) continue;
    await connection.alone(() =>
      connection.script(`DROP DATABASE IF EXISTS ${quote(name)}; DO release_lock(${lockOf(name)})`),
    );
    removed.push(name);
  }
  return removed;
}

/** @param open opens a database */
export async function scratch(
  { url, database, account, connections }: Place,
  purpose: string,
  open: (url: string) => Promise<Opened>,
): Promise<Scratch> {
  const name = `${prefixOf(database)}scratch_${purpose.replaceAll(/[^a-z0-9]+/gi, '').slice(0, 12)}_${randomBytes(6).toString('hex')}`;
  // The lock is had before the database is there: whoever looks at it finds it held.
  const first = await hold<MysqlConnection>((work) => connections.session.on(work));
  let opened: Opened | undefined;
  const drop = (connection: MysqlConnection): Promise<void> =>
    connection.alone(() => connection.script(`DROP DATABASE IF EXISTS ${quote(name)}`));
  try {
    const { connection } = first;
    await removeLeftovers(connection, database);
    await connection.execute(`SELECT get_lock(${lockOf(name)}, 10)`, []);
    await withRight(
      connection.alone(() => connection.script(`CREATE DATABASE ${quote(name)} CHARACTER SET utf8mb4`)),
      { database, account },
    );
    const own = new URL(url);
    own.pathname = `/${name}`;
    const most = Math.max(fewestConnections, Number(own.searchParams.get('pool_max') ?? 10));
    own.searchParams.set('pool_max', String(most));
    opened = await open(own.href);
    const { connections: theirs, engine } = opened;
    const held = await hold<MysqlConnection>((work) => theirs.session.on(work));
    // From one session to the other, without a moment in which nobody has it who could be seen to.
    const handed = held.connection.execute(`SELECT get_lock(${lockOf(name)}, 60)`, []);
    await connection.alone(() => connection.script(`DO release_lock(${lockOf(name)})`));
    await handed;
    return {
      name,
      url: own.href,
      engine: { ...engine, close: async () => undefined },
      async remove() {
        try {
          if (!held.connection.lost) await drop(held.connection);
        } finally {
          // The lock goes with it.
          held.connection.lost = true;
          await held.release();
          await engine.close();
        }
      },
    };
  } catch (error) {
    await drop(first.connection).catch(() => undefined);
    await opened?.engine.close();
    throw error;
  } finally {
    first.connection.lost = true;
    await first.release();
  }
}
