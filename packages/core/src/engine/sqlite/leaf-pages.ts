// The leaf pages of a table, found from its root: what is above them is a small part.

import { readSync } from 'node:fs';
import { HoldfastError } from '../../errors.ts';

const kinds = { inner: 0x05, leaf: 0x0d } as const;
const innerHeader = 12;
/** Levels that a tree has, at most: more is a circle. */
const deepest = 20;

export interface PageFile {
  readonly file: number;
  readonly pageSize: number;
  /** Without what is reserved at the end of each page. */
  readonly usable: number;
}

/** Pages in the order of the rows; a run for each page above them. */
export function* leafPages(from: PageFile, root: number): Generator<Uint32Array> {
  let depth = 0;
  for (
    let page = readPage(from, root);
    page[0] === kinds.inner;
    page = readPage(from, page.readUInt32BE(childAt(page, 0)))
  )
    if (++depth > deepest) throw unsound(root);
  yield* below(from, root, depth);
}

function* below(from: PageFile, number: number, depth: number): Generator<Uint32Array> {
  if (depth === 0) {
    yield Uint32Array.of(number);
    return;
  }
  const page = readPage(from, number);
  if (page[0] !== kinds.inner) throw unsound(number);
  const count = page.readUInt16BE(3);
  const children = new Uint32Array(count + 1);
  for (let cell = 0; cell < count; cell++) children[cell] = page.readUInt32BE(childAt(page, cell));
  children[count] = page.readUInt32BE(8);
  if (depth === 1) yield children;
  else for (const child of children) yield* below(from, child, depth - 1);
}

/** Rows of a leaf. */
export const cellsOf = (from: PageFile, number: number): number => readPage(from, number).readUInt16BE(3);

/** Where the number of a cell's page is; of a page without cells, that of its last one. */
function childAt(page: Buffer, cell: number): number {
  if (cell >= page.readUInt16BE(3)) return 8;
  const at = page.readUInt16BE(innerHeader + cell * 2);
  if (at + 4 > page.length) throw unsound(cell);
  return at;
}

function readPage({ file, pageSize }: PageFile, number: number): Buffer {
  const page = Buffer.allocUnsafe(pageSize);
  if (number < 2 || readSync(file, page, 0, pageSize, (number - 1) * pageSize) !== pageSize)
    throw unsound(number);
  if (page[0] !== kinds.inner && page[0] !== kinds.leaf) throw unsound(number);
  return page;
}

const unsound = (page: number): HoldfastError =>
  new HoldfastError('DATABASE_CORRUPT', `page ${page} of the database is no page of a table`);
