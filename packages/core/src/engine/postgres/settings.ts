// A database URL of PostgreSQL, taken apart: the server, how to reach it, and the settings it may carry.

import { HoldfastError } from '../../errors.ts';
import { parseTls, type TlsSettings } from '../server/tls.ts';
import { plain } from '../server/url-part.ts';
import { durationMs, takeSettings, wholeNumber } from '../url-settings.ts';

export interface PostgresSettings {
  /** Host name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  /** Where the tables live; undefined: the first of the server's search path. */
  readonly schema: string | undefined;
  readonly tls: TlsSettings | false;
  readonly applicationName: string;
  /** Most connections, and how many stay open when idle. */
  readonly pool: { readonly max: number; readonly min: number };
  /** In milliseconds; 0 means without limit. */
  readonly timeouts: {
    readonly connect: number;
    /** Wait for a free connection. */
    readonly acquire: number;
    /** Idle time after which a connection is closed. */
    readonly idle: number;
    /** Age after which a connection is replaced. */
    readonly lifetime: number;
    /** Wait for a lock of another transaction. */
    readonly lock: number;
    readonly statement: number;
  };
}

const names = [
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'schema', 'application_name', 'host', 'port', 'user'],
  ...['password', 'dbname', 'pool_max', 'pool_min', 'idle_timeout', 'max_lifetime', 'connect_timeout'],
  ...['acquire_timeout', 'lock_timeout', 'statement_timeout'],
];
/** The same by the names other programs give them. */
const aliases = {
  max_open_conns: 'pool_max',
  max_connections: 'pool_max',
  conn_max_lifetime: 'max_lifetime',
  username: 'user',
};
/** Known elsewhere, and why not here. */
const refused = {
  max_idle_conns: 'idle connections close after idle_timeout, and pool_min says how many stay',
  options: 'the session is set up by Holdfast; set defaults with ALTER ROLE … SET on the server',
  search_path: 'name the one schema of the tables as schema=NAME',
  timezone: 'instants are stored and read in UTC',
  charset: 'text is UTF-8 always',
};

const day = 86_400_000;

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT/DATABASE?setting=value`. A folder as `host` is that of a Unix socket.
 * @throws URL_INVALID, SETTING_INVALID
 */
export function parsePostgresUrl(url: string): PostgresSettings {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined)
    throw new HoldfastError(
      'URL_INVALID',
      'not a PostgreSQL URL: it is written postgres://USER:PASSWORD@HOST:PORT/DATABASE',
      { hint: 'Percent-encode signs such as @ : / # in the password' },
    );
  const settings = takeSettings('postgres', parsed.searchParams, { names, aliases, refused });
  const host = plain(parsed.hostname) || settings.get('host') || 'localhost';
  const user = plain(parsed.username) || settings.get('user') || '';
  const database = plain(parsed.pathname.slice(1)) || settings.get('dbname') || user;
  if (database === '')
    throw new HoldfastError('URL_INVALID', 'the URL names no database: it ends in /DATABASE');
  const password = plain(parsed.password) || settings.get('password');
  const port = parsed.port === '' ? wholeNumber(settings, 'port', 5_432, [1, 65_535]) : Number(parsed.port);
  const max = wholeNumber(settings, 'pool_max', 10, [1, 1_000]);
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    database,
    user: user || 'postgres',
    password,
    schema: settings.get('schema'),
    tls: parseTls(settings, host),
    applicationName: settings.get('application_name') ?? 'holdfast',
    pool: { max, min: wholeNumber(settings, 'pool_min', 0, [0, max]) },
    timeouts: {
      connect: durationMs(settings, 'connect_timeout', 10_000, day, 1_000),
      acquire: durationMs(settings, 'acquire_timeout', 30_000, day),
      idle: durationMs(settings, 'idle_timeout', 60_000, day),
      lifetime: durationMs(settings, 'max_lifetime', 3_600_000, 30 * day),
      lock: durationMs(settings, 'lock_timeout', 0, day),
      statement: durationMs(settings, 'statement_timeout', 0, day),
    },
  };
}
