// One scope's observation, stored in one transaction, with what it did.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { Instant } from '../schema/instant.ts';
import type { Store } from '../store/open-store.ts';
import type { Transaction } from '../store/transaction.ts';
import { runScopes } from '../system/tables.ts';
import { type AppliedBatch, applyBatch, type BatchCounts, recordErrors } from './apply-batch.ts';
import type { LaterWrites, ScopeRow } from './later-writes.ts';
import type { Observation, Rejection, ScopeResult } from './observation.ts';
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
  const attempt = (oneByOne: boolean): Promise<Applied> =>
    run.store.transaction((transaction) => apply(run, transaction, source, observation, oneByOne), {
      signal: run.signal,
    });
  const { result, row, batches, written } = await attempt(false).catch((error: unknown) => {
    if (!isHoldfastError(error) || !recordErrors.has(error.code)) throw error;
    return attempt(true);
  });
  // Only now that the scope is committed: gauges belong to records that are there.
  if (run.later !== undefined) for (const { plan, moved } of batches) run.later.gauges(plan, moved);
  if (!written) run.later?.scope(row);
  return result;
}

interface Applied {
  readonly result: ScopeResult;
  readonly row: ScopeRow;
  readonly batches: readonly AppliedBatch[];
  /** Whether the scope's result is already stored. */
  readonly written: boolean;
}

async function apply(
  run: Run,
  transaction: Transaction,
  source: string,
  observation: Observation,
  oneByOne: boolean,
): Promise<Applied> {
  const batches: AppliedBatch[] = [];
  // A record that was shown but cannot be kept is not absent.
  const complete = observation.error === undefined && (observation.rejected ?? []).length === 0;
  for (const batch of observation.batches) {
    const codec = run.store.codec(batch.table);
    batches.push(await applyBatch(transaction, codec, batch, { complete, at: run.at, oneByOne }));
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
  const { result, row } = scopeOutcome(run, source, observation, numbers, sum('gauges'), rejected);
  const written = run.later === undefined || numbers.created + numbers.changed + numbers.deleted > 0;
  if (written) await transaction.repository(runScopes).insert(row);
  if (run.later === undefined)
    for (const { plan, moved } of batches)
      await writeGauges(transaction.session, plan, moved, run.at, transaction.signal);
  return { result, row, batches, written };
}

/** What a scope's numbers come to: the result for the caller, and the row that is kept of it. */
export function scopeOutcome(
  run: Pick<Run, 'id'>,
  source: string,
  { scope, error: given }: Observation,
  numbers: Pick<ScopeResult, 'created' | 'changed' | 'deleted' | 'unchanged'>,
  gauges: number,
  rejected: readonly Rejection[],
): Pick<Applied, 'result' | 'row'> {
  const error = given ?? rejectedError(rejected);
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
  return { result: { scope, complete, ...reason, ...numbers, gauges, rejected }, row };
}

function rejectedError(rejected: readonly Rejection[]): HoldfastError | undefined {
  const [first] = rejected;
  if (first === undefined) return undefined;
  const more = rejected.length === 1 ? '' : `, and ${rejected.length - 1} more`;
  return new HoldfastError('RECORD_REJECTED', `${first.id}: ${first.message}${more}`);
}
