// A database URL of MySQL or MariaDB, taken apart: the server, how to reach it, and the settings it may carry.

import { HoldfastError } from '../../errors.ts';
import { parseTls, type TlsSettings } from '../server/tls.ts';
import { plain } from '../server/url-part.ts';
import { durationMs, takeSettings, wholeNumber } from '../url-settings.ts';

export interface MysqlSettings {
  /** Host name or address, or the path of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
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
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'charset', 'application_name', 'host', 'port', 'user'],
  ...['password', 'dbname', 'pool_max', 'pool_min', 'idle_timeout', 'max_lifetime', 'connect_timeout'],
  ...['acquire_timeout', 'lock_timeout', 'statement_timeout'],
];
/** The same by the names other programs give them. */
const aliases = {
  max_open_conns: 'pool_max',
  max_connections: 'pool_max',
  connection_limit: 'pool_max',
  conn_max_lifetime: 'max_lifetime',
  username: 'user',
  database: 'dbname',
  socket: 'host',
};
const times = 'instants are stored as whole microseconds in UTC, and never parsed';
const tls = 'say sslmode=disable, require, verify-ca or verify-full';
/** Known elsewhere, and why not here. */
const refused = {
  max_idle_conns: 'idle connections close after idle_timeout, and pool_min says how many stay',
  parse_time: times,
  parseTime: times,
  loc: times,
  time_zone: times,
  collation: 'text compares by its bytes always, whatever the collation of the server is',
  sql_mode: 'the session is set up by Holdfast, strict always',
  tls,
  ssl: tls,
  'ssl-mode': tls,
  ssl_mode: tls,
};

const day = 86_400_000;

/**
 * Reads `mysql://USER:PASSWORD@HOST:PORT/DATABASE?setting=value`. A path as `host` is that of a Unix socket.
 * @throws URL_INVALID, SETTING_INVALID
 */
export function parseMysqlUrl(url: string): MysqlSettings {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined)
    throw new HoldfastError(
      'URL_INVALID',
      'not a MySQL or MariaDB URL: it is written mysql://USER:PASSWORD@HOST:PORT/DATABASE',
      { hint: 'Percent-encode signs such as @ : / # in the password' },
    );
  const settings = takeSettings('mysql', parsed.searchParams, { names, aliases, refused });
  const socket = settings.get('host')?.startsWith('/') === true;
  const host = (socket ? '' : plain(parsed.hostname)) || settings.get('host') || 'localhost';
  const database = plain(parsed.pathname.slice(1)) || settings.get('dbname') || '';
  if (database === '')
    throw new HoldfastError('URL_INVALID', 'the URL names no database: it ends in /DATABASE');
  const charset = settings.get('charset') ?? 'utf8mb4';
  if (charset !== 'utf8mb4')
    throw new HoldfastError('SETTING_INVALID', `charset=${charset}: only utf8mb4 holds every text`);
  const port = parsed.port === '' ? wholeNumber(settings, 'port', 3_306, [1, 65_535]) : Number(parsed.port);
  const max = wholeNumber(settings, 'pool_max', 10, [1, 1_000]);
  return {
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    database,
    user: plain(parsed.username) || settings.get('user') || 'root',
    password: plain(parsed.password) || settings.get('password'),
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
