// A database URL of SQLite, taken apart: the path and the settings it may carry.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../../errors.ts';
import { durationMs, takeSettings, wholeNumber } from '../url-settings.ts';

export interface SqliteSettings {
  /** Absolute path, or ':memory:'. */
  readonly path: string;
  /** How long a writer waits for another process, in milliseconds. @default 5000 */
  readonly busyTimeoutMs: number;
  /** Page cache of each connection in KiB. @default 16384 */
  readonly cacheKib: number;
  /** FULL survives a power cut; EXTRA also guards the moment after a checkpoint. @default 'FULL' */
  readonly synchronous: 'FULL' | 'EXTRA';
}

const names = ['busy_timeout', 'cache_size', 'synchronous', 'journal_mode', 'wal_mode', 'foreign_keys'];

/** Settings of other programs that have one safe value, and what another would cost. */
const fixed: Readonly<Record<string, readonly [RegExp, string]>> = {
  journal_mode: [/^wal$/i, 'it takes WAL: with anything else readers and the writer block each other'],
  wal_mode: [/^(true|on|1)$/i, 'it is always on: without it readers and the writer block each other'],
  foreign_keys: [/^(true|on|1)$/i, 'they are always on: without them records lose what they refer to'],
};

/**
 * Reads `sqlite:PATH?setting=value`; `file:PATH` and `sqlite://PATH` mean the same.
 * @throws URL_INVALID, SETTING_INVALID
 */
export function parseSqliteUrl(url: string): SqliteSettings {
  const [location = '', query = ''] = splitOnce(url.replace(/^(sqlite|file):/i, ''), '?');
  const settings = takeSettings('sqlite', new URLSearchParams(query), { names });
  for (const [name, [safe, reason]] of Object.entries(fixed))
    if (settings.has(name) && !safe.test(settings.get(name)!))
      throw new HoldfastError('SETTING_INVALID', `${name}=${settings.get(name)}: ${reason}`);
  const synchronous = (settings.get('synchronous') ?? 'FULL').toUpperCase();
  if (synchronous !== 'FULL' && synchronous !== 'EXTRA')
    throw new HoldfastError(
      'SETTING_INVALID',
      `synchronous=${settings.get('synchronous')}: it takes FULL or EXTRA, anything less can lose what was acknowledged`,
    );
  return {
    path: toPath(location, url),
    busyTimeoutMs: durationMs(settings, 'busy_timeout', 5_000, 600_000),
    cacheKib: wholeNumber(settings, 'cache_size', 16_384, [0, 4_194_304]),
    synchronous,
  };
}

function toPath(location: string, url: string): string {
  if (location === ':memory:') return location;
  let path = location;
  if (location.startsWith('//')) {
    try {
      path = location.startsWith('///') ? fileURLToPath(`file:${location}`) : location.slice(2);
    } catch {
      path = '';
    }
  }
  if (path === '' || path.includes('\0'))
    throw new HoldfastError('URL_INVALID', `not a database URL: ${JSON.stringify(url)} names no path`);
  return resolve(path);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
