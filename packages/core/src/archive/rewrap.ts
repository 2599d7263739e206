// Change of keys: the slots of an archive are written anew in place, and nothing else of it is touched.

import { HoldfastError } from '../errors.ts';
import type { LockKey, SlotInfo, UnlockKey } from './crypto/keys.ts';
import { makeSlot, slotInfo } from './crypto/slots.ts';
import { openFile, readFully } from './format/file-source.ts';
import { chunksAt } from './format/layout.ts';
import { idBytes, readFront, slotsMac, unlock } from './format/open-header.ts';
import { encodeSlots } from './format/slot-copies.ts';

export interface RewrapOptions {
  /** What opens the archive now. */
  readonly keys: readonly UnlockKey[];
  /** @default [] */
  readonly add?: readonly LockKey[];
  /** Ids of slots. @default [] */
  readonly remove?: readonly string[];
}

/**
 * Adds and removes key slots of an archive file. Its root stays what it was. Whoever kept a copy of the file from
 * before still opens that copy with the old keys.
 *
 * 1. Opens the archive with the given keys; nothing is written where they do not fit.
 * 2. Writes the new slots over one of the two copies and flushes it. When this is broken off, the other copy is whole.
 * 3. Writes them over the other copy and flushes it. When this is broken off, the first one is whole, and a repetition
 *    ends the work; until then the old keys may still open the archive.
 * @returns the slots there are now
 * @throws ARCHIVE_KEY_MISSING, ARCHIVE_KEY_WRONG, ARCHIVE_LIMIT where the new slots do not fit into their room or none
 * would be left, ARCHIVE_STREAM_UNKNOWN where no slot has such an id, ARCHIVE_NEWER, ARCHIVE_NOT_FOUND
 */
export async function rewrapArchive(
  path: string,
  { keys, add = [], remove = [] }: RewrapOptions,
): Promise<readonly SlotInfo[]> {
  const file = await openFile(path, 'r+');
  try {
    const { size } = await file.stat();
    const front = await readFront({ size, read: (offset, length) => readFully(file, offset, length) });
    const { keys: derived, dataKey } = await unlock(front, keys);
    const { slots: copy, prelude, header } = front;
    if (copy === undefined || derived === undefined || dataKey === undefined)
      throw new HoldfastError('ARCHIVE_LIMIT', 'the archive is not encrypted: it has no key slots');
    if (copy.unknown > 0)
      throw new HoldfastError('ARCHIVE_NEWER', 'the archive has key slots that this Holdfast does not know');
    for (const id of remove)
      if (!copy.slots.some((slot) => slot.id === id))
        throw new HoldfastError('ARCHIVE_STREAM_UNKNOWN', `the archive has no key slot ${id}`);
    const kept = copy.slots.filter(({ id }) => !remove.includes(id));
    const made = await Promise.all(add.map((key) => makeSlot(key, dataKey, idBytes(header.id))));
    const slots = [...kept, ...made];
    if (slots.length === 0)
      throw new HoldfastError(
        'ARCHIVE_LIMIT',
        'no key slot would be left, and nothing could open the archive',
      );
    const bytes = encodeSlots(slots, copy.generation + 1, prelude.slotsLength, (part) =>
      slotsMac(derived, front.leaf, part),
    );
    const second = chunksAt(prelude) - prelude.slotsLength;
    const first = second - prelude.slotsLength;
    // The copy that is read now stays until the other one is new and durable.
    for (const at of front.slotsCopy === 0 ? [second, first] : [first, second]) {
      await file.write(bytes, 0, bytes.length, at);
      await file.sync();
    }
    return slots.map(slotInfo);
  } finally {
    await file.close();
  }
}
