// Proof by schedule: the newest archive is restored into a scratch database, as far as a key is at hand.

import { exits, isHoldfastError } from '../../errors.ts';
import type { Domain } from '../../schema/domain.ts';
import type { Store } from '../../store/open-store.ts';
import type { OnProgress } from '../backup/pace.ts';
import { recordProof } from '../backup/register.ts';
import type { UnlockKey } from '../crypto/keys.ts';
import { keyId } from '../crypto/slots.ts';
import { factsOf } from '../places/archive-facts.ts';
import { openRegistered, withRegisteredChain } from '../places/open-archive.ts';
import { testRestore } from '../restore/test-restore.ts';
import { verifyArchive } from '../verify.ts';

export interface DrillOptions {
  readonly domains: readonly Domain[];
  /** An id. @default the newest archive that the keys open, and the newest full one where that is not proven */
  readonly archive?: string | undefined;
  /** @default none: of an encrypted archive only the checksums are compared then, which proves nothing */
  readonly keys?: readonly UnlockKey[];
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

export interface Drilled {
  readonly archive: string;
  /** Where it was read from. */
  readonly place: string;
  /** `restore` proves it; `checksums` is all that can be done without its key. */
  readonly depth: 'restore' | 'checksums';
  readonly proven: boolean;
  readonly rows: number;
}

/**
 * For each archive: every stored byte against its checksum; with a key, or where it needs none, a test restore of its whole
 * chain, whose outcome is noted in the register. A wrong archive is noted as failed, and thrown.
 * @throws PROOF_FAILED, ARCHIVE_CORRUPT, ARCHIVE_KEY_WRONG, CHAIN_BROKEN, ARCHIVE_NOT_FOUND, CANCELLED
 */
export async function drill(store: Store, options: DrillOptions): Promise<Drilled[]> {
  const { domains, archive, keys = [], onProgress, signal } = options;
  const facts = await factsOf(store);
  const named = facts.filter(({ id }) => id === archive);
  const ids = new Set(keys.flatMap((key) => (key.kind === 'passphrase' ? [] : [keyId(key)])));
  const own = facts.filter((each) => ids.size === 0 || each.keyId === null || ids.has(each.keyId));
  const full = own.find(({ type }) => type === 'full');
  const newest = [own[0], full?.proven === false ? full : undefined];
  const chosen = archive === undefined ? new Set(newest.filter((each) => each !== undefined)) : named;
  const cancel = signal === undefined ? {} : { signal };
  const done: Drilled[] = [];
  for (const { id, path, keyId: locked } of chosen) {
    const depth = locked === null || keys.length > 0 ? 'restore' : 'checksums';
    try {
      const { place, source } = await openRegistered(store, { id, path });
      const { rows } = await verifyArchive(source, { depth: 'stored', ...cancel }).finally(() =>
        source.close(),
      );
      if (depth === 'restore')
        await withRegisteredChain(store, id, keys, (chain) =>
          testRestore(chain, { domains, ...cancel, ...(onProgress === undefined ? {} : { onProgress }) }),
        );
      done.push({ archive: id, place, depth, proven: depth === 'restore', rows });
    } catch (error) {
      // Only what is wrong with the archive is held against it.
      if (isHoldfastError(error) && error.exit === exits.integrity) await recordProof(store, id, false);
      throw error;
    }
    if (depth === 'restore') await recordProof(store, id, true);
  }
  return done;
}
