// The database that a request names to write to: never the one that is served, and files only in the data folder.

import { resolve, sep } from 'node:path';
import { HoldfastError } from '@holdfast/core';
import type { Place } from '../cli/invocation.ts';
import { sqliteFile } from '../local/served-file.ts';

export const refusePart = (where: string, why: string): HoldfastError =>
  new HoldfastError('REQUEST_INVALID', `body.${where}: ${why}`);

/**
 * A file is named by a plain name, and lies in the data folder.
 * @throws REQUEST_INVALID
 */
export function targetUrl(to: string, { url: served, folder: data }: Place): string {
  if (/^(postgres(ql)?|mysql|mariadb):\/\//.test(to)) {
    if (to === served) throw refusePart('to', 'this is the database that is served');
    return to;
  }
  const path = /^sqlite:(?!:)([^?#]+)$/.exec(to)?.[1];
  if (path === undefined)
    throw refusePart('to', 'it is sqlite:NAME in the data folder, postgres://… or mysql://…');
  const [folder, file] = [resolve(data), resolve(data, path)];
  if (!file.startsWith(folder + sep) || !/^[\w.-]+$/.test(file.slice(folder.length + 1)))
    throw refusePart('to', 'a file is named by a plain name, and lies in the data folder of the server');
  if (sqliteFile(served) === file) throw refusePart('to', 'this is the database that is served');
  return `sqlite:${file}`;
}
