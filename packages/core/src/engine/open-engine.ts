// From a database URL to its engine.

import { HoldfastError } from '../errors.ts';
import type { Engine } from './engine.ts';
import { connectSqlite, type SqliteOptions } from './sqlite/connect.ts';
import { isSqliteUrl } from './sqlite/settings.ts';

/** @throws URL_INVALID, ENGINE_UNKNOWN, SETTING_INVALID and every DATABASE_ error */
export async function openEngine(url: string, options: SqliteOptions): Promise<Engine> {
  if (isSqliteUrl(url)) return connectSqlite(url, options);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  if (scheme === undefined)
    throw new HoldfastError('URL_INVALID', `not a database URL: ${JSON.stringify(withoutPassword(url))}`);
  throw new HoldfastError('ENGINE_UNKNOWN', `there is no engine for ${scheme}: URLs`);
}

const withoutPassword = (url: string): string => url.replace(/:[^:@/]*@/, ':…@');
