// From a database URL to its engine. Only the engine that is asked for is loaded.

import { HoldfastError } from '../errors.ts';
import type { Engine, OpenOptions } from './engine.ts';

type Connect = (url: string, options: OpenOptions) => Promise<Engine>;

const mysql = async (): Promise<Connect> => (await import('./mysql/connect.ts')).connectMysql;
const postgres = async (): Promise<Connect> => (await import('./postgres/connect.ts')).connectPostgres;
const sqlite = async (): Promise<Connect> => (await import('./sqlite/connect.ts')).connectSqlite;

/** Engines by the scheme of their URLs. */
const engines: Readonly<Record<string, () => Promise<Connect>>> = {
  sqlite,
  file: sqlite,
  postgres,
  postgresql: postgres,
  mysql,
  mariadb: mysql,
};

/** @throws URL_INVALID, ENGINE_UNKNOWN, SETTING_INVALID and every DATABASE_ error */
export async function openEngine(url: string, options: OpenOptions): Promise<Engine> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined)
    throw new HoldfastError('URL_INVALID', `not a database URL: ${JSON.stringify(withoutPassword(url))}`);
  const load = Object.hasOwn(engines, scheme) ? engines[scheme] : undefined;
  if (load === undefined) throw new HoldfastError('ENGINE_UNKNOWN', `there is no engine for ${scheme}: URLs`);
  return (await load())(url, options);
}

const withoutPassword = (url: string): string => url.replace(/:[^:@/]*@/, ':…@');
