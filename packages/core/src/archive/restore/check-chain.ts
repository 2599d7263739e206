// Whether archives make a chain: each goes on from the one before, in one timeline.

import { HoldfastError } from '../../errors.ts';
import type { ArchiveReader } from '../format/archive-reader.ts';

/** @param chain the full archive first. @throws CHAIN_BROKEN, CHAIN_TIMELINE */
export function checkChain(chain: readonly Pick<ArchiveReader, 'header'>[]): void {
  const [first, ...rest] = chain.map(({ header }) => header);
  if (first === undefined || first.type !== 'full')
    throw new HoldfastError(
      'CHAIN_BROKEN',
      first === undefined
        ? 'there is no archive to restore'
        : `the archive ${first.id} is ${first.type}: the full archive that it goes back to is missing`,
      { details: { missing: first?.base } },
    );
  let before = first;
  for (const header of rest) {
    if (header.timeline !== first.timeline)
      throw new HoldfastError(
        'CHAIN_TIMELINE',
        `the archive ${header.id} is of another timeline than ${before.id}: the database was restored in between`,
        { details: { wrong: header.id, base: before.id } },
      );
    if (header.parent !== before.id)
      throw new HoldfastError(
        'CHAIN_BROKEN',
        `the archive ${header.id} goes on from ${header.parent}, not from ${before.id}`,
        { details: { missing: header.parent, of: header.id } },
      );
    before = header;
  }
}
