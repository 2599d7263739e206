// Rows of COPY on their way: as values, or as they are, for another thread.

import type { StoredRow } from '../../schema/codec.ts';
import { giveBack } from '../give-back.ts';
import { fullChunkBytes } from '../snapshot.ts';
import type { Collect } from './copy-out.ts';
import type { Tuples } from './read-copy.ts';
import type { ReadTuple } from './read-tuples.ts';

export function collectValues(read: ReadTuple, chunkRows: number): Collect<StoredRow[]> {
  let [rows, bytes]: [StoredRow[], number] = [[], 0];
  return {
    row(buffer, at, end) {
      bytes += end - at;
      return rows.push(read(buffer, at)) >= chunkRows || bytes >= fullChunkBytes;
    },
    leave() {},
    chunk() {
      const found = rows;
      [rows, bytes] = [[], 0];
      return found.length === 0 ? undefined : found;
    },
  };
}

/** Rows that are handed over at once, and bytes. */
const [someRows, someBytes] = [8_000, 2 * 1024 * 1024];
/** Most tables are small. */
const leastRoom = 65_536;
/** Bytes that begin a message. */
const messageHead = 5;

const nothing = Buffer.alloc(0);

/** What lies on the line without a gap is copied at once. */
export function collectBytes(): Collect<Tuples> {
  let [bytes, length, rows] = [nothing, 0, 0];
  let room = leastRoom;
  /** Where rows lie in the buffer of the line that are not copied yet. */
  let [from, to] = [0, 0];
  return {
    row(_, at, end) {
      if (to === 0) from = at - messageHead;
      to = end;
      return ++rows >= someRows || length + to - from >= someBytes;
    },
    leave(buffer) {
      const more = to - from;
      if (length + more > bytes.length) {
        const grown = Buffer.allocUnsafeSlow(Math.max(length + more, bytes.length * 2, room));
        bytes.copy(grown, 0, 0, length);
        giveBack(bytes);
        bytes = grown;
      }
      buffer.copy(bytes, length, from, to);
      length += more;
      [from, to] = [0, 0];
    },
    chunk() {
      if (rows === 0) return undefined;
      const found = { bytes: Buffer.from(bytes.buffer, 0, length), rows, at: 0 };
      // It is handed over with all its room.
      [bytes, length, rows] = [nothing, 0, 0];
      room = someBytes;
      return found;
    },
  };
}
