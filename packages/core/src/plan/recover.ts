// What to do at a start: everything that was broken off is brought to an end, and told.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import { type HeldLease, holdLease } from '../job/held-lease.ts';
import { isHeld } from '../job/leases.ts';
import { type Instant, now } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import { leases, plans } from '../system/tables.ts';
import { removeIntent } from './intent-file.ts';
import { listUnfinished, readIntent, type SetAside } from './intents.ts';
import type { AnyPlanKind, PlanContext } from './kinds.ts';
import { type Applied, markApplied, markFailed } from './outcome.ts';
import { requirePlan } from './store.ts';

export interface RecoverOptions {
  readonly store: Store;
  /** Folder of the intents. */
  readonly intents: string;
  readonly kinds: readonly AnyPlanKind[];
  readonly clock?: () => Instant;
}

export interface Recovered {
  /** Of the plan. */
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  /**
   * `before`: as if it had not been begun. `after`: done. `running`: another process is at it.
   * `unknown`: it needs a person, or the program that knows its kind; `what` says why.
   */
  readonly outcome: 'before' | 'after' | 'running' | 'unknown';
  readonly what: string;
}

export interface Recovery {
  readonly plans: readonly Recovered[];
  /** Files that could not be trusted. */
  readonly setAside: readonly SetAside[];
}

/**
 * Brings every apply that was broken off to an end; nothing to do is cheap. For each intent:
 * 1. Takes the lease of its plan: held by one that lives, it is left alone.
 * 2. Reads what became of the plan. Settled: only the file was left.
 * 3. Atomic kinds: not marked as applied is not done, by the same transaction. Stepwise: the kind's `recover`.
 * 4. Stores the outcome, then removes the file. Killed anywhere, the next start begins at 1.
 * One that fails is told, stays, and does not keep the others. Then plans that are being applied by nobody, without
 * a file: atomic ones were not done; of others it is not known how far they came, and they are told.
 */
export async function recoverIntents(options: RecoverOptions): Promise<Recovery> {
  const { store } = options;
  const { intents, setAside } = await listUnfinished(options.intents);
  const told: Recovered[] = [];
  for (const intent of intents) {
    const { id, plan } = intent.header;
    const tell = (outcome: Recovered['outcome'], what: string): void =>
      void told.push({ id, kind: plan.kind, title: plan.title, outcome, what });
    try {
      const ending = await underLease(options, id, () => settle(options, intent.path));
      if (ending !== undefined) tell(...ending);
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      const running = error.code === 'LEASE_HELD';
      tell(running ? 'running' : 'unknown', running ? error.message : `${error.message}. ${error.hint}`);
    }
  }
  const known = new Set(told.map(({ id }) => id));
  for (const { id } of await applying(store)) {
    if (known.has(id)) continue;
    const abandoned = await settleWithoutIntent(options, id);
    if (abandoned !== undefined) told.push(abandoned);
  }
  return { plans: told, setAside };
}

/** @throws INTENT_UNFINISHED naming what a dead process has left, INTENT_CORRUPT naming the files set aside */
export async function requireNoUnfinished(store: Store, folder: string, at: Instant): Promise<void> {
  const { intents, setAside } = await listUnfinished(folder);
  if (setAside.length > 0)
    throw new HoldfastError(
      'INTENT_CORRUPT',
      setAside.map(({ path, reason }) => `${path}: ${reason}`).join('; '),
    );
  for (const { path, header } of intents) {
    const lease = await store.repository(leases).get({ name: `plan/${header.id}` });
    if (lease !== undefined && isHeld(lease, at)) continue;
    // The file goes before the lease: a process that ends well leaves neither.
    if ((await readIntent(path)) === undefined) continue;
    throw new HoldfastError('INTENT_UNFINISHED', `an earlier process was broken off: ${header.plan.title}`, {
      details: { plan: header.id },
    });
  }
}

type Ending = readonly [Recovered['outcome'], string];

async function underLease<R>(
  { store, clock = now }: RecoverOptions,
  id: string,
  work: () => Promise<R>,
): Promise<R> {
  const held: HeldLease = await holdLease(store, { name: `plan/${id}`, once: true, clock });
  try {
    return await work();
  } finally {
    await held.release();
  }
}

/** @returns undefined when its own process has brought it to an end meanwhile */
async function settle(options: RecoverOptions, path: string): Promise<Ending | undefined> {
  const { store, kinds } = options;
  const intent = await readIntent(path);
  if (intent === undefined) return undefined;
  if ('reason' in intent) return ['unknown', `${intent.path}: ${intent.reason}`];
  const { header, done } = intent;
  const { id, plan, actor } = header;
  const state = (await store.repository(plans).get({ id }))?.state;
  const applied: Applied = { id, plan, actor };
  if (state === 'applied') return removed(path, ['after', 'it was done; only its record was left']);
  if (state !== 'applying' && done.length === 0)
    return removed(path, ['before', 'it was broken off before its first step']);
  const kind = kinds.find((candidate) => candidate.kind === plan.kind);
  if (kind === undefined) return ['unknown', `this program knows nothing of the kind ${plan.kind}`];
  const outcome = kind.atomic ? 'before' : await kind.recover(plan, done, contextOf(options));
  await store.transaction((transaction) =>
    outcome === 'after'
      ? markApplied(transaction, applied, done)
      : markFailed(transaction, applied, interrupted(plan.title)),
  );
  const what = outcome === 'after' ? 'it was brought to its end' : 'nothing of it is left';
  return removed(path, [outcome, what]);
}

async function removed(path: string, ending: Ending): Promise<Ending> {
  await removeIntent(path);
  return ending;
}

async function applying(store: Store): Promise<readonly { id: string }[]> {
  const { items } = await store.repository(plans).list({ where: { state: 'applying' }, limit: 10_000 });
  return items;
}

async function settleWithoutIntent(options: RecoverOptions, id: string): Promise<Recovered | undefined> {
  const { store, kinds } = options;
  const { plan, record } = await requirePlan(store, id);
  const { kind, title } = plan;
  const atomic = kinds.find((candidate) => candidate.kind === kind)?.atomic;
  try {
    return await underLease(options, id, async () => {
      if (atomic !== true) {
        const what = 'its intent is not in this folder: how far it came is not known here';
        return { id, kind, title, outcome: 'unknown', what };
      }
      const actor = { name: record.consentedBy ?? 'unknown', via: record.consentedVia ?? 'unknown' };
      const failed = await store.transaction((transaction) =>
        markFailed(transaction, { id, plan, actor }, interrupted(title)),
      );
      return failed ? { id, kind, title, outcome: 'before', what: 'nothing of it is left' } : undefined;
    });
  } catch (error) {
    if (isHoldfastError(error) && error.code === 'LEASE_HELD') return undefined;
    throw error;
  }
}

const interrupted = (title: string): HoldfastError =>
  new HoldfastError('PLAN_INTERRUPTED', `the process that applied it ended before it: ${title}`);

const contextOf = ({ store, clock = now }: RecoverOptions): PlanContext => ({
  ...{ store, repositories: store, transaction: undefined, at: clock(), signal: undefined, dryRun: false },
});
