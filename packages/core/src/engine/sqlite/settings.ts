// A database URL of SQLite, taken apart: the path and the settings it may carry.

import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '../../errors.ts';

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

const settingNames = ['busy_timeout', 'cache_size', 'synchronous'];

/**
 * Reads `sqlite:PATH?setting=value`; `file:PATH` and `sqlite://PATH` mean the same.
 * @throws URL_INVALID, SETTING_INVALID
 */
export function parseSqliteUrl(url: string): SqliteSettings {
  const [location = '', query = ''] = splitOnce(url.replace(/^(sqlite|file):/i, ''), '?');
  const settings = new Map(new URLSearchParams(query));
  for (const name of settings.keys())
    if (!settingNames.includes(name))
      throw new HoldfastError(
        'SETTING_INVALID',
        `sqlite has no setting ${name}: it takes ${settingNames.join(', ')}`,
      );
  const synchronous = (settings.get('synchronous') ?? 'FULL').toUpperCase();
  if (synchronous !== 'FULL' && synchronous !== 'EXTRA')
    throw new HoldfastError(
      'SETTING_INVALID',
      `synchronous=${settings.get('synchronous')}: it takes FULL or EXTRA, anything less can lose what was acknowledged`,
    );
  return {
    path: toPath(location, url),
    busyTimeoutMs: wholeNumber(settings, 'busy_timeout', 5_000, 600_000),
    cacheKib: wholeNumber(settings, 'cache_size', 16_384, 4_194_304),
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

function wholeNumber(settings: Map<string, string>, name: string, normal: number, most: number): number {
  const text = settings.get(name);
  if (text === undefined) return normal;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new HoldfastError('SETTING_INVALID', `${name}=${text}: it takes a whole number from 0 to ${most}`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
