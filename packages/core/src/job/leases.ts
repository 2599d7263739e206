// Leases: a right that one process has at a time, on every engine, and that ends by itself when its holder dies.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import { formatInstant, type Instant, now } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Repositories } from '../store/repository.ts';
import { leases } from '../system/tables.ts';
import { isGone } from './owner.ts';

/** A lease that is held. `token` grows with each owner: work that carries an older one is a dead process's. */
export interface Lease {
  readonly name: string;
  readonly owner: string;
  readonly token: number;
  readonly expiresAt: Instant;
}

export interface LeaseOptions {
  readonly name: string;
  /** Who asks: `thisProcess()`, so that it is free at once when that is killed; any other name holds to the end. */
  readonly owner: string;
  /** How long it holds unless renewed. Clocks of all holders must agree better than that. */
  readonly durationMs: number;
  readonly at?: Instant;
}

/**
 * Takes a lease that is free, has run out, or whose holder was killed on this host. Two that see it free at once: the write compares what was read, so
 * one of them changes nothing and is refused.
 * @throws LEASE_HELD naming the holder
 */
export async function acquireLease(
  repositories: Repositories,
  { name, owner, durationMs, at = now() }: LeaseOptions,
): Promise<Lease> {
  const repository = repositories.repository(leases);
  const expiresAt = at + durationMs * 1000;
  const seen = await repository.get({ name });
  if (seen === undefined) {
    const first = { name, owner, token: 1, expiresAt };
    try {
      await repository.insert({ ...first, acquiredAt: at });
    } catch (error) {
      if (isHoldfastError(error) && error.code === 'CONFLICT') throw held(name);
      throw error;
    }
    return first;
  }
  if (isHeld(seen, at)) throw held(name, seen);
  const token = seen.token + 1;
  const changed = await repository.updateMany(
    { name, token: seen.token, expiresAt: seen.expiresAt },
    { owner, token, acquiredAt: at, expiresAt },
  );
  if (changed === 0) throw held(name);
  return { name, owner, token, expiresAt };
}

/** Whether somebody holds it. Its last instant is no longer his, nor any after he was killed. */
export const isHeld = ({ owner, expiresAt }: Row<typeof leases>, at: Instant): boolean =>
  owner !== null && expiresAt > at && !isGone(owner);

/** Who holds a lease; undefined: nobody. */
export async function leaseHolder(
  repositories: Repositories,
  name: string,
  at: Instant = now(),
): Promise<string | undefined> {
  const seen = await repositories.repository(leases).get({ name });
  return seen !== undefined && isHeld(seen, at) ? seen.owner! : undefined;
}

/** Holds on to a lease, also one that ran out if nobody took it since. @throws LEASE_LOST */
export async function renewLease(
  repositories: Repositories,
  { name, owner, token }: Lease,
  durationMs: number,
  at: Instant = now(),
): Promise<Lease> {
  const expiresAt = at + durationMs * 1000;
  const changed = await repositories
    .repository(leases)
    .updateMany({ name, token, owner: { isNull: false } }, { expiresAt });
  if (changed === 0) throw new HoldfastError('LEASE_LOST', `${owner} no longer holds the lease ${name}`);
  return { name, owner, token, expiresAt };
}

/** Gives a lease back. @returns false when it was lost before */
export const releaseLease = async (
  repositories: Repositories,
  { name, token }: Lease,
  at: Instant = now(),
): Promise<boolean> =>
  (await repositories
    .repository(leases)
    .updateMany({ name, token, owner: { isNull: false } }, { owner: null, expiresAt: at })) > 0;

/** Removes a lease of a name that does not come again. */
export const removeLease = async (repositories: Repositories, { name, token }: Lease): Promise<void> => {
  await repositories.repository(leases).deleteMany({ name, token });
};

const held = (name: string, by?: Row<typeof leases>): HoldfastError =>
  new HoldfastError(
    'LEASE_HELD',
    by === undefined
      ? `another process was first to take the lease ${name}`
      : `${by.owner} holds the lease ${name} until ${formatInstant(by.expiresAt)}`,
    { details: { lease: name } },
  );
