// A state of which the database file alone has everything, the log nothing more. While it is held the file stays as it
// is: SQLite folds no more of the log into it than all readers have seen.

import { readSync } from 'node:fs';
import type { StoredRow } from '../../schema/codec.ts';
import type { PageFile } from './leaf-pages.ts';
import type { SqliteSession } from './session.ts';

const headerBytes = 100;
const utf8 = 1;
const answerTo = (session: SqliteSession, pragma: string): StoredRow =>
  session.prepare(`PRAGMA ${pragma}`).get() as unknown as StoredRow;

/**
 * To be called while nobody in this process writes.
 * @param begin begins the reading that holds the state
 * @returns whether the file alone is that state; otherwise a reader holds the log, another process has just written, or
 * there is no log
 */
export async function beginFolded(writer: SqliteSession, begin: () => Promise<void>): Promise<boolean> {
  const [before] = answerTo(writer, 'data_version');
  const [, logged, folded] = answerTo(writer, 'wal_checkpoint(PASSIVE)') as [number, number, number];
  await begin();
  const [after] = answerTo(writer, 'data_version');
  return logged >= 0 && logged === folded && before === after;
}

/** How the file is divided; undefined where texts in it are no UTF-8. */
export function pageFileOf(file: number): PageFile | undefined {
  const header = Buffer.alloc(headerBytes);
  if (readSync(file, header, 0, headerBytes, 0) !== headerBytes) return undefined;
  const size = header.readUInt16BE(16);
  const pageSize = size === 1 ? 65_536 : size;
  if (header.readUInt32BE(56) !== utf8) return undefined;
  return { file, pageSize, usable: pageSize - header[20]! };
}
