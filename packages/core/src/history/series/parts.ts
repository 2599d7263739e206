// Parts of large sets of records: a reader of one opens a few others with it, never a hundred thousand.

/** So many records of a sweep lie together, in part 1. */
const together = 1_000;
/** The others lie in so many parts, numbered from their number on, by a hash of their names. */
const parts = 16;

/** FNV-1a over the units of the text. */
function hashOf(record: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < record.length; index++)
    hash = Math.imul(hash ^ record.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** @param before records of the same set that the sweep has shown before this one */
export const partOf = (record: string, before: number): number =>
  before < together ? 1 : parts + (hashOf(record) % parts);

/** Every part in which a record can be, however many there were. */
export const possibleParts = (record: string): number[] => [partOf(record, 0), partOf(record, together)];
