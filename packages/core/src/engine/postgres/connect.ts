// Opening a PostgreSQL database: found fit first, then used through a pool of connections.

import type { Engine, OpenOptions } from '../engine.ts';
import { Connections } from '../server/connections.ts';
import { captureFaults, identities } from './capture-faults.ts';
import { changes } from './changes.ts';
import { ddl } from './ddl.ts';
import { capabilities, forms, syntax } from './dialect.ts';
import { loadDriver } from './driver.ts';
import { freezeEngine } from './freeze.ts';
import { check, settingsFindings, stats } from './health.ts';
import { describe, hasTable, introspect, tableNames } from './introspect.ts';
import { postgresKysely } from './kysely.ts';
import { checkReferences, keeps, load } from './load.ts';
import { beginMigration } from './migrate.ts';
import { postgresPool } from './pool.ts';
import { preflight } from './preflight.ts';
import { removeLeftovers, scratch } from './scratch.ts';
import { type PostgresConnections, PostgresSession } from './session.ts';
import { parsePostgresUrl } from './settings.ts';
import { snapshot } from './snapshot.ts';
import { swap } from './swap.ts';

/**
 * Opens a database; its tables are made by the migrations that follow.
 * 1. Loads the driver and connects.
 * 2. Looks at server and database without changing them: what does not fit is refused untouched.
 * Further connections are opened when first needed.
 * @throws URL_INVALID, SETTING_INVALID, DRIVER_MISSING and every DATABASE_ error
 */
export const connectPostgres = async (url: string, options: OpenOptions = {}): Promise<Engine> =>
  (await open(url, options)).engine;

async function open(
  url: string,
  options: OpenOptions,
): Promise<{ readonly engine: Engine; readonly connections: PostgresConnections }> {
  const settings = parsePostgresUrl(url);
  const { host, port, database, schema, user } = settings;
  const location = `${host}:${port}/${database}${schema === undefined ? '' : ` (schema ${schema})`}`;
  const { pg, copyFrom } = await loadDriver();
  const connections = new Connections({
    pool: postgresPool(pg, settings, { location, user, database }, options.journal),
    sessionOf: (lender, inTransaction) => new PostgresSession(lender, copyFrom, inTransaction),
    location,
    max: settings.pool.max,
    acquireTimeoutMs: settings.timeouts.acquire,
  });
  const { session } = connections;
  try {
    await preflight(session, location, options);
  } catch (error) {
    await connections.close();
    throw error;
  }
  const engine: Engine = {
    name: 'postgres',
    capabilities,
    syntax,
    ddl,
    forms,
    keeps,
    location,
    read: (work) => work(session),
    autocommit: (work) => work(session),
    begin: (transaction) => connections.begin(transaction),
    beginMigration: () => beginMigration(connections, schema),
    kysely: (decoders, beforeWrite) => postgresKysely(connections, decoders, beforeWrite),
    hasTable,
    tableNames,
    introspect: () => introspect(session),
    describe: (specs) => describe(connections, specs),
    changes: (specs, position) => changes(connections, specs, position),
    snapshot: (_, options = {}) => snapshot(connections, options),
    load: (specs, options) => load(connections, { location, schema, copyFrom }, specs, options),
    checkReferences: () => checkReferences(connections),
    removeLeftovers: () => connections.session.on(removeLeftovers),
    scratch: (purpose) => scratch(url, purpose, (own) => open(own, { adopt: true })),
    swap: (from, specs, how) => swap(connections, schema, from, specs, how),
    ...freezeEngine(connections),
    captureFaults: (specs) => captureFaults(session, specs),
    identities: (specs) => identities(session, specs),
    stats: () => stats(session, connections),
    check: () => check(session),
    settingsFindings: () => settingsFindings(session, user),
    close: () => connections.close(),
  };
  return { engine, connections };
}
