// The Merkle tree over chunks, built as they come: it remembers one hash for each power of two, not one for each chunk.

import { createHash } from 'node:crypto';

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

/** SHA-256 behind a zero byte: what no inner node can be. */
export function leafOf(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256').update(leafPrefix);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const nodeOf = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(nodePrefix).update(left).update(right).digest();

/** A tree whose left sides are full, as RFC 6962 has it. */
export class MerkleTree {
  /** Roots of full subtrees, the largest first, and how many leaves each has. */
  readonly #full: { hash: Uint8Array; leaves: number }[] = [];

  add(leaf: Uint8Array): void {
    let tree = { hash: leaf, leaves: 1 };
    for (let last = this.#full.at(-1); last?.leaves === tree.leaves; last = this.#full.at(-1)) {
      this.#full.pop();
      tree = { hash: nodeOf(last.hash, tree.hash), leaves: last.leaves * 2 };
    }
    this.#full.push(tree);
  }

  /** 32 bytes; of a tree without leaves, the hash of nothing. */
  root(): Uint8Array {
    return this.#full.length === 0
      ? createHash('sha256').digest()
      : this.#full.map(({ hash }) => hash).reduceRight((right, left) => nodeOf(left, right));
  }
}

/** Root of the tree whose leaves are the header, the root of every stream, and the index. */
export function archiveRoot(
  header: Uint8Array,
  streams: readonly Uint8Array[],
  index: Uint8Array,
): Uint8Array {
  const tree = new MerkleTree();
  for (const leaf of [header, ...streams, index]) tree.add(leaf);
  return tree.root();
}
