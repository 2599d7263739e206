// What a server and its database are, found out before anything is written.

import { HoldfastError } from '../../errors.ts';
import type { OpenOptions } from '../engine.ts';
import { generations } from './capture.ts';
import { type Flavour, flavourOf } from './flavour.ts';
import type { MysqlSession } from './session.ts';

/** The oldest versions whose features are relied on. */
const oldest = { MariaDB: { version: 100_600, name: '10.6' }, MySQL: { version: 80_019, name: '8.0.19' } };

export interface ServerFacts {
  readonly flavour: Flavour;
  /** Bytes of the largest statement. */
  readonly maxPacket: number;
  /** As grants name it. */
  readonly account: string;
  readonly readOnly: boolean;
  /** InnoDB is there: the other engines keep no transactions. */
  readonly innodb: boolean;
  /** Tables in the database, and whether Holdfast's own record is among them. */
  readonly tables: number;
  readonly ours: boolean;
  /** Tables are being put in the place of others, or were when somebody was broken off. */
  readonly swapping?: boolean;
}

const ownTables = `information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'`;
/** What capture counts in stays when the tables it was made for are dropped, and is nobody else's. */
const countedTables = `${ownTables} AND table_name <> '${generations}'`;
/** What a swap is to do, in the living database, for as long as it is not done. */
export const swapIntent = 'holdfast_swap';
/** No join: in a query with aggregates, MariaDB says that read_only is off when it is on. */
const factsSql = `SELECT @@version, @@max_allowed_packet, @@global.read_only, current_user(),
  (SELECT count(*) FROM information_schema.engines WHERE engine = 'InnoDB' AND support IN ('YES', 'DEFAULT')),
  (SELECT count(*) FROM ${countedTables}), (SELECT count(*) FROM ${ownTables} AND table_name = 'holdfast_migrations'),
  (SELECT count(*) FROM ${ownTables} AND table_name = '${swapIntent}')`;

/** @throws DATABASE_UNSUPPORTED, DATABASE_READ_ONLY, DATABASE_NOT_FOUND, DATABASE_FOREIGN */
export async function preflight(
  session: MysqlSession,
  location: string,
  options: OpenOptions,
): Promise<ServerFacts> {
  const row = await session.get({ sql: factsSql }, []);
  const [version, maxPacket, readOnly, account, innodb, tables, ours, swapping] = row!;
  const facts: ServerFacts = {
    flavour: flavourOf(String(version)),
    maxPacket: Number(maxPacket),
    account: quotedAccount(String(account)),
    readOnly: Number(readOnly) === 1,
    innodb: Number(innodb) > 0,
    tables: Number(tables),
    ours: Number(ours) > 0,
    swapping: Number(swapping) > 0,
  };
  checkFacts(facts, location, options);
  return facts;
}

/** `name@host`, the last @ of it between the two. */
function quotedAccount(account: string): string {
  const at = account.lastIndexOf('@');
  const quoted = (part: string): string => `'${part.replaceAll("'", "''")}'`;
  return `${quoted(account.slice(0, at))}@${quoted(account.slice(at + 1))}`;
}

export function checkFacts(facts: ServerFacts, location: string, { adopt, mustExist }: OpenOptions): void {
  const { name, version, text } = facts.flavour;
  if (version === 0)
    throw new HoldfastError(
      'DATABASE_UNSUPPORTED',
      `${location} is neither MySQL nor MariaDB: it calls itself ${text}`,
    );
  if (version < oldest[name].version)
    throw new HoldfastError(
      'DATABASE_UNSUPPORTED',
      `${location} is ${name} ${Math.floor(version / 10_000)}.${Math.floor(version / 100) % 100}.${version % 100}; Holdfast needs ${oldest[name].name} or newer`,
    );
  if (!facts.innodb)
    throw new HoldfastError('DATABASE_UNSUPPORTED', `${location} has no InnoDB, which keeps transactions`, {
      hint: 'Remove skip-innodb from the settings of the server',
    });
  if (facts.readOnly)
    throw new HoldfastError('DATABASE_READ_ONLY', `${location} takes no writes: it is a replica, or set so`, {
      hint: 'Name the primary server in the URL, or SET GLOBAL read_only = OFF;',
    });
  if (facts.ours) return;
  if (mustExist)
    throw new HoldfastError('DATABASE_NOT_FOUND', `there is nothing of Holdfast in ${location} yet`, {
      hint: 'holdfast source add makes its tables; holdfast demo shows some',
    });
  if (facts.tables > 0 && !adopt)
    throw new HoldfastError(
      'DATABASE_FOREIGN',
      `${location} has ${facts.tables} tables of another program and none of Holdfast's`,
      { hint: 'Give Holdfast a database of its own: CREATE DATABASE holdfast CHARACTER SET utf8mb4;' },
    );
}
