// One scope's observation, stored in one transaction, with what it did.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import { SampleBuffer } from '../history/series/sample-buffer.ts';
import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import type { Transaction } from '../store/transaction.ts';
import { runScopes } from '../system/tables.ts';
import { hasCandidates, type Judge, type JudgedBatch, judgeMissing, writeJudgement } from './absences.ts';
import { type AppliedBatch, applyBatch, type BatchCounts, recordErrors } from './apply-batch.ts';
import { type ComparedBatch, compareBatch } from './compare-batch.ts';
import { type HeldScope, heldError, heldScope } from './held-scope.ts';
import type { LaterWrites, ScopeRow } from './later-writes.ts';
import type { Observation, Rejection, ScopeResult } from './observation.ts';
import { policyOf, type SweepPolicy } from './sweep-policy.ts';
import { writeGauges } from './write-observed.ts';

/** The sweep that an observation belongs to. */
export interface Run {
  readonly store: Store;
  readonly id: string;
  /** Its one instant. */
  readonly at: Instant;
  readonly signal: AbortSignal | undefined;
  /** Takes gauges, and results of scopes in which nothing changed; without it, all is written at once. */
  readonly later?: LaterWrites;
  /** What the source's sweep goes by; without it, one miss is an absence and nothing is held back. */
  readonly rules?: SourceRules;
}

/** What one source's part of a sweep goes by, and what it has gathered so far. */
export interface SourceRules {
  readonly policy: SweepPolicy;
  /** Whether any record of the source may be waiting for confirmation. */
  watched: boolean;
  /** What was held back, scope by scope. */
  readonly held: HeldScope[];
}

/**
 * Stores one scope. When a record breaks the transaction, all is written again, record by record.
 * @throws CANCELLED and the errors of the store; nothing of the scope is stored then
 */
export async function applyObservation(
  run: Run,
  source: string,
  observation: Observation,
): Promise<ScopeResult> {
  const { result, row, batches, written, held } = await attempt(run, (transaction, oneByOne) =>
    apply(run, transaction, source, observation, oneByOne),
  );
  if (run.rules !== undefined) {
    if (result.unconfirmed !== undefined) run.rules.watched = true;
    if (held !== undefined) run.rules.held.push(held);
  }
  // Only now that the scope is committed: gauges belong to records that are there.
  if (run.later !== undefined)
    for (const { plan, moved, seen } of batches) run.later.gauges(plan, moved, seen);
  if (!written) run.later?.scope(row);
  return result;
}

/** What a held scope would do by now. */
export async function compareHeld(
  run: Run,
  transaction: Transaction,
  source: string,
  { observation }: HeldScope,
): Promise<HeldScope | undefined> {
  const { policy, parts } = await compare(run, transaction, source, observation);
  return heldScope(policy, observation, parts);
}

/**
 * Writes what was held back of a scope, inside the caller's transaction.
 * @param before the scope's result without it
 * @throws PLAN_STALE when that is no longer exactly what it would do
 */
export async function applyHeld(
  run: Run,
  transaction: Transaction,
  source: string,
  held: HeldScope,
  before: ScopeResult,
): Promise<ScopeResult> {
  const { result, row } = await apply(run, transaction, source, held.observation, false, held);
  const { complete, deleted } = result;
  const changed = before.changed + result.changed;
  const { created, unchanged } = before;
  await transaction.repository(runScopes).upsert({ ...row, created, changed, deleted, unchanged });
  const { heldBack: _held, error: _error, unconfirmed: _waiting, ...rest } = before;
  const { error, unconfirmed } = result;
  return {
    ...rest,
    complete,
    changed,
    deleted,
    ...(error === undefined ? {} : { error }),
    ...(unconfirmed === undefined ? {} : { unconfirmed }),
  };
}

async function attempt<T>(
  { store, signal }: Run,
  work: (transaction: Transaction, oneByOne: boolean) => Promise<T>,
): Promise<T> {
  const once = (oneByOne: boolean): Promise<T> =>
    store.transaction((transaction) => work(transaction, oneByOne), { signal });
  return once(false).catch((error: unknown) => {
    if (!isHoldfastError(error) || !recordErrors.has(error.code)) throw error;
    return once(true);
  });
}

interface Applied {
  readonly result: ScopeResult;
  readonly row: ScopeRow;
  readonly batches: readonly AppliedBatch[];
  /** Whether the scope's result is already stored. */
  readonly written: boolean;
  readonly held: HeldScope | undefined;
}

/**
 * 1. Compares every batch, and judges what is missing. 2. Decides whether that is too much for one sweep.
 * 3. Writes. @param accepted what may be written although it is too much: exactly this
 */
async function apply(
  run: Run,
  transaction: Transaction,
  source: string,
  observation: Observation,
  oneByOne: boolean,
  accepted?: HeldScope,
): Promise<Applied> {
  const { policy, judge, parts } = await compare(run, transaction, source, observation);
  const found = run.rules === undefined ? undefined : heldScope(policy, observation, parts);
  if (accepted !== undefined && found?.hash !== accepted.hash)
    throw new HoldfastError('PLAN_STALE', `${observation.scope} would no longer change as it was planned`);
  const held = accepted === undefined ? found : undefined;
  const options = {
    at: run.at,
    oneByOne,
    keepAbsent: held !== undefined,
    keepChanged: (held?.changed ?? 0) > 0,
  };
  const batches: AppliedBatch[] = [];
  for (const { compared, judged } of parts) {
    const applied = await applyBatch(transaction, compared, judged, options);
    const outcome = !applied.whole ? 'refused' : options.keepAbsent ? 'held' : 'marked';
    await writeJudgement(transaction, judge, compared, judged, outcome);
    batches.push(applied);
  }
  const counts = batches.map((batch) => batch.counts);
  const rejected = [...(observation.rejected ?? []), ...counts.flatMap((count) => count.rejected)];
  const sum = (name: Exclude<keyof BatchCounts, 'rejected'>): number =>
    counts.reduce((total, count) => total + count[name], 0);
  const numbers = {
    created: sum('created'),
    changed: sum('changed'),
    deleted: sum('deleted'),
    unchanged: sum('unchanged'),
  };
  const { result, row } = scopeOutcome(run, source, observation, numbers, sum('gauges'), rejected, held);
  const waiting = parts.reduce((total, { judged }) => total + judged.waiting.length, 0);
  const written =
    run.later === undefined ||
    held !== undefined ||
    numbers.created + numbers.changed + numbers.deleted + waiting > 0;
  if (written && accepted === undefined) await transaction.repository(runScopes).insert(row);
  if (run.later === undefined) await writeAtOnce(run.at, transaction, batches);
  return {
    result: waiting === 0 ? result : { ...result, unconfirmed: waiting },
    row,
    batches,
    written,
    held,
  };
}

interface Compared {
  readonly policy: SweepPolicy;
  readonly judge: Judge;
  readonly parts: readonly { readonly compared: ComparedBatch; readonly judged: JudgedBatch }[];
}

/** Reads only. */
async function compare(
  run: Run,
  transaction: Transaction,
  source: string,
  { scope, error, rejected, batches }: Observation,
): Promise<Compared> {
  const policy = run.rules?.policy ?? policyOf();
  const watched = run.rules?.watched ?? (await hasCandidates(transaction, source));
  // A record that was shown but cannot be kept is not absent.
  const complete = error === undefined && (rejected ?? []).length === 0;
  const judge = { runId: run.id, at: run.at, source, scope, complete, policy, watched };
  const parts = [];
  for (const batch of batches) {
    const compared = await compareBatch(transaction.session, run.store.codec(batch.table), batch);
    parts.push({ compared, judged: await judgeMissing(transaction, judge, compared) });
  }
  return { policy, judge, parts };
}

/** The gauges of a scope that has no sweep around it. */
async function writeAtOnce(
  at: Instant,
  transaction: Transaction,
  batches: readonly AppliedBatch[],
): Promise<void> {
  const samples = new SampleBuffer(at);
  for (const { plan, moved, seen } of batches) {
    await writeGauges(transaction.session, plan, moved, at, transaction.signal);
    samples.add(plan, seen);
  }
  await samples.write(transaction);
}

/** What a scope's numbers come to: the result for the caller, and the row that is kept of it. */
export function scopeOutcome(
  run: Pick<Run, 'id'>,
  source: string,
  { scope, error: given }: Observation,
  numbers: Pick<ScopeResult, 'created' | 'changed' | 'deleted' | 'unchanged'>,
  gauges: number,
  rejected: readonly Rejection[],
  held?: HeldScope,
): Pick<Applied, 'result' | 'row'> {
  const error = given ?? rejectedError(rejected) ?? (held === undefined ? undefined : heldError(held));
  const complete = error === undefined;
  const row: ScopeRow = {
    runId: run.id,
    source,
    scope,
    complete,
    errorCode: error?.code ?? null,
    errorMessage: error?.message ?? null,
    ...numbers,
  };
  const reason = complete ? {} : { error: { code: error.code, message: error.message, hint: error.hint } };
  // The plan is made, and named, when all scopes of the source are in.
  const heldBack =
    held === undefined
      ? {}
      : { heldBack: { plan: '', deleted: held.deleted, changed: held.changed, effects: held.effects } };
  return { result: { scope, complete, ...reason, ...numbers, ...heldBack, gauges, rejected }, row };
}

function rejectedError(rejected: readonly Rejection[]): HoldfastError | undefined {
  const [first] = rejected;
  if (first === undefined) return undefined;
  const more = rejected.length === 1 ? '' : `, and ${rejected.length - 1} more`;
  return new HoldfastError('RECORD_REJECTED', `${first.id}: ${first.message}${more}`);
}
