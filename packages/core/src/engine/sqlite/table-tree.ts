// The tree of a new table, from its leaves up: full leaves one behind the other, long records in pages of their own, and
// above them pages that say where each row is.

import type { ColumnBatch } from '../column-batch.ts';
import type { NewPages } from './new-pages.ts';
import { RecordWriter, sizeOfVarint } from './write-records.ts';

const leafHeader = 8;
const innerHeader = 12;
/** Most bytes of what leads to a page: the page, a row's number, and where the two stand. */
const mostOfCell = 4 + 9 + 2;

/** Pages that one above leads to, and the last row of each. */
interface Level {
  readonly pages: number[];
  readonly lastRows: number[];
}

export class TableTree {
  readonly #pages: NewPages;
  readonly #root: number;
  readonly #records: RecordWriter;
  readonly #leaf: Buffer;
  readonly #inner: Buffer;
  readonly #levels: Level[] = [];
  /** Cells of the leaf, and where they begin, from the end down. */
  #cells = 0;
  #begin: number;
  #lastRow = Number.NEGATIVE_INFINITY;

  /**
   * @param root an empty page of SQLite's making
   * @param rowId which column is the row's number; -1 where rows are numbered as they come
   */
  constructor(pages: NewPages, root: number, rowId: number) {
    this.#pages = pages;
    this.#root = root;
    this.#records = new RecordWriter(rowId);
    this.#leaf = Buffer.alloc(pages.usable);
    this.#inner = Buffer.alloc(pages.usable);
    this.#begin = pages.usable;
  }

  /** @returns false where row numbers do not rise, or are no safe integers, or a row is too long; nothing of it is there then */
  add(batch: ColumnBatch): boolean {
    const records = this.#records;
    const first = Math.max(1, this.#lastRow + 1);
    if (!records.take(batch, first, this.#lastRow)) return false;
    const { usable } = this.#pages;
    const most = usable - 35;
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    for (let row = 0; row < batch.rows; row++) {
      const size = records.sizeOf(row);
      const number = records.rowIdOf(row);
      const before = sizeOfVarint(size) + sizeOfVarint(number);
      let local = size;
      if (size > most) {
        const some = least + ((size - least) % (usable - 4));
        local = some <= most ? some : least;
      }
      this.#makeRoom(before + local + (local < size ? 4 : 0));
      let at = records.writeVarint(this.#leaf, this.#begin, size);
      at = records.writeVarint(this.#leaf, at, number);
      if (local === size) records.write(this.#leaf, at, row);
      else {
        const whole = records.writeApart(row);
        whole.copy(this.#leaf, at, 0, local);
        this.#leaf.writeUInt32BE(this.#pages.next, at + local);
        this.#spill(whole.subarray(local));
      }
      this.#lastRow = number;
    }
    return true;
  }

  /** Writes what is left, and the root. */
  finish(): void {
    if (this.#cells === 0) return;
    if (this.#levels.length === 0) {
      this.#endLeaf();
      this.#pages.replace(this.#root, this.#leaf);
      return;
    }
    this.#addLeaf();
    for (let level = 0; level < this.#levels.length; level++) {
      const { pages } = this.#levels[level]!;
      if (pages.length > this.#mostPages) this.#addInner(level, Math.ceil(pages.length / 2));
      const isTop = level === this.#levels.length - 1;
      if (isTop) this.#pages.replace(this.#root, this.#makeInner(level, pages.length));
      else this.#addInner(level, pages.length);
    }
  }

  /** Of a page above others. */
  get #mostPages(): number {
    return Math.floor((this.#pages.usable - innerHeader) / mostOfCell) + 1;
  }

  #makeRoom(size: number): void {
    if (this.#begin - size < leafHeader + (this.#cells + 1) * 2) this.#addLeaf();
    this.#begin -= size;
    this.#leaf.writeUInt16BE(this.#begin, leafHeader + this.#cells++ * 2);
  }

  #endLeaf(): void {
    this.#leaf[0] = 0x0d;
    this.#leaf.writeUInt16BE(this.#cells, 3);
    this.#leaf.writeUInt16BE(this.#begin % 65_536, 5);
  }

  #addLeaf(): void {
    this.#endLeaf();
    this.#lead(0, this.#pages.add(this.#leaf), this.#lastRow);
    this.#leaf.fill(0);
    this.#cells = 0;
    this.#begin = this.#pages.usable;
  }

  /** Has the level above lead to a page. Two are kept back, so that no page leads to one alone. */
  #lead(level: number, page: number, lastRow: number): void {
    if (level === this.#levels.length) this.#levels.push({ pages: [], lastRows: [] });
    const { pages, lastRows } = this.#levels[level]!;
    pages.push(page);
    lastRows.push(lastRow);
    if (pages.length === this.#mostPages + 2) this.#addInner(level, this.#mostPages);
  }

  #addInner(level: number, count: number): void {
    const page = this.#pages.add(this.#makeInner(level, count));
    const { pages, lastRows } = this.#levels[level]!;
    const lastRow = lastRows[count - 1]!;
    pages.splice(0, count);
    lastRows.splice(0, count);
    this.#lead(level + 1, page, lastRow);
  }

  #makeInner(level: number, count: number): Buffer {
    const { pages, lastRows } = this.#levels[level]!;
    const inner = this.#inner.fill(0);
    let begin = inner.length;
    for (let cell = 0; cell < count - 1; cell++) {
      begin -= 4 + sizeOfVarint(lastRows[cell]!);
      inner.writeUInt32BE(pages[cell]!, begin);
      this.#records.writeVarint(inner, begin + 4, lastRows[cell]!);
      inner.writeUInt16BE(begin, innerHeader + cell * 2);
    }
    inner[0] = 0x05;
    inner.writeUInt16BE(count - 1, 3);
    inner.writeUInt16BE(begin % 65_536, 5);
    inner.writeUInt32BE(pages[count - 1]!, 8);
    return inner;
  }

  /** The rest of a long record: each page begins with the number of the next. */
  #spill(rest: Buffer): void {
    const { usable } = this.#pages;
    const page = Buffer.alloc(usable);
    for (let at = 0; at < rest.length; at += usable - 4) {
      const part = rest.subarray(at, at + usable - 4);
      const isLast = at + part.length === rest.length;
      page.writeUInt32BE(isLast ? 0 : this.#pages.after(this.#pages.next));
      page.set(part, 4);
      this.#pages.add(page.subarray(0, 4 + part.length));
    }
  }
}
