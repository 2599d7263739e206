// A lease that is kept while work goes on: renewed again and again, and the work told when it is lost.

import { isHoldfastError } from '../errors.ts';
import { type Instant, now } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import type { Repositories } from '../store/repository.ts';
import { leases } from '../system/tables.ts';
import { acquireLease, type Lease, releaseLease, removeLease, renewLease } from './leases.ts';
import { thisProcess } from './owner.ts';

export interface HoldOptions {
  readonly name: string;
  /** @default this process */
  readonly owner?: string;
  /** How long it holds after its last renewal. @default 60,000 */
  readonly durationMs?: number;
  /** How often it is renewed. @default a third of the duration */
  readonly renewMs?: number;
  /** The name belongs to one piece of work: its row goes with it. @default false */
  readonly once?: boolean;
  readonly clock?: () => Instant;
}

export interface HeldLease {
  readonly lease: Lease;
  /** Fires with LEASE_LOST when another owner has it. */
  readonly lost: AbortSignal;
  /** Renews it now. A store that does not answer is no loss yet: the next turn tries again. */
  renew(): Promise<void>;
  /** Writes it into another database too, which is to take the place of this one: whoever opens that finds it held. */
  carry(into: Repositories): Promise<void>;
  /** Keeps it there. */
  keepIn(other: Store): HeldLease;
  /** Stops renewing and gives it back. Never fails. */
  release(): Promise<void>;
}

const defaultMs = 60_000;

/** @throws LEASE_HELD */
export async function holdLease(store: Store, options: HoldOptions): Promise<HeldLease> {
  const { name, owner = thisProcess(), durationMs = defaultMs, clock = now } = options;
  const lease = await acquireLease(store, { name, owner, durationMs, at: clock() });
  return keepLease(store, lease, options);
}

function keepLease(store: Store, lease: Lease, options: HoldOptions): HeldLease {
  const { durationMs = defaultMs, once = false, clock = now } = options;
  const lost = new AbortController();
  const renew = async (): Promise<void> => {
    try {
      await renewLease(store, lease, durationMs, clock());
    } catch (error) {
      if (isHoldfastError(error) && error.code === 'LEASE_LOST') lost.abort(error);
    }
  };
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(
    () => {
      renewing = renewing.then(renew);
    },
    options.renewMs ?? durationMs / 3,
  );
  timer.unref();
  return {
    lease,
    lost: lost.signal,
    renew,
    async carry(into) {
      const { name, owner, token } = lease;
      const at = clock();
      await into
        .repository(leases)
        .upsert({ name, owner, token, acquiredAt: at, expiresAt: at + durationMs * 1000 });
    },
    keepIn: (other) => keepLease(other, lease, options),
    async release() {
      clearInterval(timer);
      await renewing;
      // One that cannot be given back runs out; what was done under it must not look as if it had failed.
      await (once ? removeLease(store, lease) : releaseLease(store, lease, clock())).catch(() => undefined);
    },
  };
}
