// A database given as fields, written as the URL that means the same.

import { HoldfastError } from '../errors.ts';
import { snakeCase } from '../schema/spec.ts';

export interface DatabaseFields {
  /** The scheme of the URL: `sqlite`, `postgres`, `mysql` and so on. */
  readonly provider: string;
  /** Of a file. */
  readonly path?: string;
  /** Of a server. */
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** Every other setting of the engine, its name in camel case or as in the URL: `poolMax`, `busyTimeout`. */
  readonly [setting: string]: string | number | boolean | undefined;
}

/** @throws SETTING_INVALID where neither a path nor a server is given */
export function databaseUrl(fields: DatabaseFields): string {
  const { provider, path, host, port, database, user, password, ...settings } = fields;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(settings))
    if (value !== undefined) query.set(snakeCase(name), String(value));
  const tail = query.size === 0 ? '' : `?${query}`;
  if (path !== undefined) return `${provider}:${path}${tail}`;
  if (database === undefined)
    throw new HoldfastError('SETTING_INVALID', `${provider} needs the field path, or host and database`);
  const encode = encodeURIComponent;
  const login =
    user === undefined ? '' : `${encode(user)}${password === undefined ? '' : `:${encode(password)}`}@`;
  // A folder is that of a Unix socket.
  const socket = host?.startsWith('/') === true;
  if (socket) query.set('host', host);
  const server = socket ? 'localhost' : host?.includes(':') ? `[${host}]` : (host ?? 'localhost');
  const place = port === undefined ? server : `${server}:${port}`;
  return `${provider}://${login}${place}/${encode(database)}${query.size === 0 ? '' : `?${query}`}`;
}
