// The tree that grows leaf by leaf is the one that its definition makes of all leaves at once.

import { createHash, hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { archiveRoot, leafOf, MerkleTree } from './merkle.ts';

const leaves = Array.from({ length: 70 }, (_, index) => leafOf(Uint8Array.of(index)));

/** As RFC 6962 puts it: the left side has the largest power of two that is smaller. */
function rootOf(some: readonly Uint8Array[]): Uint8Array {
  if (some.length === 0) return hash('sha256', '', 'buffer');
  if (some.length === 1) return some[0]!;
  let left = 1;
  while (left * 2 < some.length) left *= 2;
  const parts = [rootOf(some.slice(0, left)), rootOf(some.slice(left))];
  return createHash('sha256').update(Uint8Array.of(1)).update(parts[0]!).update(parts[1]!).digest();
}

test.each(leaves.map((_, count) => count))('of %i leaves', (count) => {
  const tree = new MerkleTree();
  for (const leaf of leaves.slice(0, count)) tree.add(leaf);
  expect(tree.root()).toEqual(rootOf(leaves.slice(0, count)));
});

test('leaves, nodes and archives are hashed apart', () => {
  const [first, second, third] = leaves as [Buffer, Buffer, Buffer];
  expect(leafOf(first, second)).not.toEqual(rootOf([first, second]));
  expect(archiveRoot(first, [second], third)).toEqual(rootOf([first, second, third]));
  expect(archiveRoot(first, [third], second)).not.toEqual(rootOf([first, second, third]));
});
