// Opening a database of MySQL or MariaDB: found fit first, then used through a pool of connections.

import type { Engine, OpenOptions } from '../engine.ts';
import { Connections } from '../server/connections.ts';
import { captureFaults, identities } from './capture-faults.ts';
import { changes, lastGeneration } from './changes.ts';
import { ddlOf } from './ddl.ts';
import { capabilities, forms, syntaxOf } from './dialect.ts';
import { loadDriver } from './driver.ts';
import { isDoneAlready, type Place } from './errors.ts';
import { flavourOf } from './flavour.ts';
import { freezeEngine } from './freeze.ts';
import { check, settingsFindings, stats } from './health.ts';
import { describe, hasTable, introspect, tableNames } from './introspect.ts';
import { mysqlKysely } from './kysely.ts';
import { keepsOf, load } from './load.ts';
import { beginMigration } from './migrate.ts';
import { mysqlPool } from './pool.ts';
import { preflight } from './preflight.ts';
import { removeLeftovers, scratch } from './scratch.ts';
import { type MysqlConnections, MysqlSession, type ServerWants } from './session.ts';
import { parseMysqlUrl } from './settings.ts';
import { snapshot } from './snapshot.ts';
import { recover, swap } from './swap.ts';

/**
 * Opens a database; its tables are made by the migrations that follow.
 * 1. Loads the driver and connects.
 * 2. Looks at server and database without changing them: what does not fit is refused untouched.
 * Further connections are opened when first needed.
 * @throws URL_INVALID, SETTING_INVALID, DRIVER_MISSING and every DATABASE_ error
 */
export const connectMysql = async (url: string, options: OpenOptions = {}): Promise<Engine> =>
  (await open(url, options)).engine;

async function open(
  url: string,
  options: OpenOptions,
): Promise<{ readonly engine: Engine; readonly connections: MysqlConnections }> {
  const settings = parseMysqlUrl(url);
  const { host, port, database, user } = settings;
  const location = `${host.startsWith('/') ? host : `${host}:${port}`}/${database}`;
  const mysql = await loadDriver();
  // Told by the server, on the first connection.
  const wants: ServerWants = {
    syntax: syntaxOf(flavourOf('')),
    maxPacket: 1_048_576,
    journal: options.journal,
  };
  const place: Place = { location, user, database };
  const connections = new Connections({
    pool: mysqlPool(mysql, settings, place, wants),
    sessionOf: (lender, inTransaction) => new MysqlSession(lender, wants, inTransaction),
    location,
    max: settings.pool.max,
    acquireTimeoutMs: settings.timeouts.acquire,
  });
  const { session } = connections;
  try {
    const { flavour, maxPacket, account, swapping } = await preflight(session, location, options);
    Object.assign(wants, { syntax: syntaxOf(flavour), maxPacket });
    place.account = account;
    const ddl = ddlOf(flavour);
    const recovered = swapping ? await recover(connections, database) : undefined;
    const engine: Engine = {
      name: 'mysql',
      ...(recovered === undefined ? {} : { recovered }),
      capabilities,
      syntax: wants.syntax,
      ddl,
      forms,
      keeps: keepsOf(wants),
      location,
      read: (work) => work(session),
      autocommit: (work) => work(session),
      begin: (transaction) => connections.begin(transaction),
      beginMigration: () => beginMigration(connections),
      kysely: (decoders, beforeWrite) => mysqlKysely(connections, decoders, beforeWrite),
      isDoneAlready,
      hasTable,
      tableNames,
      introspect: () => introspect(session),
      describe: (specs) => describe(connections, ddl, specs),
      changes: (specs, position) => changes(connections, specs, position),
      lastPosition: () => lastGeneration(session),
      snapshot: (specs, options = {}) => snapshot(connections, wants, specs, options),
      load: (specs, options) => load(connections, wants, { location, ddl }, specs, options),
      // All are checked by `index`.
      checkReferences: async () => {},
      removeLeftovers: () => connections.session.on((connection) => removeLeftovers(connection, database)),
      scratch: (purpose) =>
        scratch({ url, database, account, connections }, purpose, (own) => open(own, { adopt: true })),
      swap: (from, specs, how) => swap(connections, { database, account, ddl }, from, specs, how),
      ...freezeEngine(connections),
      captureFaults: (specs) => captureFaults(session, specs),
      identities: (specs) => identities(session, flavour, specs),
      stats: () => stats(session, connections, flavour),
      check: () => check(session),
      settingsFindings: () => settingsFindings(session, database, flavour),
      close: () => connections.close(),
    };
    return { engine, connections };
  } catch (error) {
    await connections.close();
    throw error;
  }
}
