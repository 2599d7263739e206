// What each engine brings for backups, as people type it, through a shell.

import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';

const exec = promisify(execFile);
/** A pipe fails where any part of it does. */
const shell = async (line: string): Promise<void> =>
  void (await exec('bash', ['-c', `set -o pipefail; ${line}`], { maxBuffer: 1 << 26 }));

export interface DumpTool {
  readonly name: string;
  /** How much faster ours has to be, where something is asked. */
  readonly backup?: number;
  readonly restore?: number;
  /** Of the reference's bytes, what ours may have at most. */
  readonly size?: number;
  dump(url: string, file: string): Promise<void>;
  /** Into an empty database. */
  load?(file: string, url: string): Promise<void>;
}

export const bytesOf = (file: string): number => statSync(file).size;

const path = (url: string): string => url.slice('sqlite:'.length);
const sqlite: readonly DumpTool[] = [
  {
    ...{ name: '.dump | gzip -6', backup: 4, restore: 2.5 },
    dump: (url, file) => shell(`sqlite3 ${path(url)} .dump | gzip -6 > ${file}`),
    load: (file, url) => shell(`gzip -dc ${file} | sqlite3 ${path(url)}`),
  },
  {
    ...{ name: '.dump | zstd -1', backup: 1.2 },
    dump: (url, file) => shell(`sqlite3 ${path(url)} .dump | zstd -q -1 -f -o ${file}`),
  },
  {
    ...{ name: '.dump | zstd -3', size: 1 },
    dump: (url, file) => shell(`sqlite3 ${path(url)} .dump | zstd -q -3 -f -o ${file}`),
  },
  {
    ...{ name: 'VACUUM INTO', backup: 1 / 1.5 },
    dump: (url, file) => shell(`rm -f ${file}; sqlite3 ${path(url)} "VACUUM INTO '${file}'"`),
  },
];

const postgres: readonly DumpTool[] = [
  {
    ...{ name: 'pg_dump -Fc', backup: 2.5, size: 0.5, restore: 1.2 },
    dump: (url, file) => shell(`pg_dump -Fc -f ${file} '${url}'`),
    load: (file, url) => shell(`pg_restore -j1 -d '${url}' ${file}`),
  },
  {
    ...{ name: 'pg_dump -Fc -Z1', backup: 1, restore: 1 },
    dump: (url, file) => shell(`pg_dump -Fc -Z1 -f ${file} '${url}'`),
    load: (file, url) => shell(`pg_restore -j2 -d '${url}' ${file}`),
  },
];

const account = (url: string): string => {
  const { hostname, port, username, password, pathname } = new URL(url);
  const secret = password === '' ? '' : ` -p${decodeURIComponent(password)}`;
  return `-h${hostname} -P${port} -u${username}${secret} ${pathname.slice(1)}`;
};
const mysql: readonly DumpTool[] = [
  {
    ...{ name: 'mariadb-dump | gzip -6', backup: 3, restore: 3 },
    dump: (url, file) =>
      shell(
        `mariadb-dump --single-transaction --triggers --protocol=tcp ${account(url)} | gzip -6 > ${file}`,
      ),
    load: (file, url) => shell(`gzip -dc ${file} | mariadb --protocol=tcp ${account(url)}`),
  },
];

export const dumpTools: Readonly<Record<string, readonly DumpTool[]>> = { sqlite, postgres, mysql };
