// A sweep: every source read once, every scope stored in a transaction of its own, under one instant.

import { HoldfastError } from '../errors.ts';
import { type Instant, now } from '../schema/instant.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import { credentialsOf, type SourceRecord } from '../system/sources.ts';
import { runs } from '../system/tables.ts';
import { hasCandidates } from './absences.ts';
import { applyObservation, type Run, type SourceRules } from './apply-observation.ts';
import type { Collector, CollectProgress } from './collector.ts';
import { LaterWrites } from './later-writes.ts';
import type { ScopeResult } from './observation.ts';
import { type Acceptance, type AcceptedPlan, type SettledSource, settleHeld } from './settle-held.ts';
import { settleUnchanged } from './settle-unchanged.ts';
import { readPolicy } from './sweep-policy.ts';

export interface SourceResult {
  readonly source: string;
  readonly domain: string;
  readonly scopes: readonly ScopeResult[];
  readonly created: number;
  readonly changed: number;
  readonly deleted: number;
  readonly unchanged: number;
  readonly gauges: number;
  /** What became of the plan that the sweep was to accept. */
  readonly accepted?: Acceptance;
}

export interface SweepResult {
  readonly run: { readonly id: string; readonly startedAt: Instant; readonly finishedAt: Instant };
  readonly sources: readonly SourceResult[];
  /** True when every scope of every source answered in full. */
  readonly complete: boolean;
}

export interface SweepOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CollectProgress) => void) | undefined;
  /** A plan of what an earlier sweep of one of the sources held back, and somebody's consent to it. */
  readonly accept?: AcceptedPlan | undefined;
  readonly onScope?: ((source: string, result: ScopeResult) => void) | undefined;
}

/**
 * Reads every source and stores what it answered.
 * 1. Writes the run's row. A process that dies here leaves a run that never finished, and nothing else.
 * 2. For each scope: compares, and writes records that differ together with the scope's result, in one transaction.
 *    Gauges, and results of scopes in which no record differs, wait for step 3.
 *    What is too much for one sweep is held back: it becomes a plan, or is written under consent to exactly that plan.
 * 3. Writes what waited, and finishes the run's row. Killed before that, gauges and confirmations are older.
 * A scope that fails is named and stays as it was; the others are stored. A store that fails ends the sweep.
 * @throws CANCELLED and the errors of the store
 */
export async function sweep(
  store: Store,
  sources: readonly SourceRecord[],
  collectors: readonly Collector[],
  options: SweepOptions = {},
): Promise<SweepResult> {
  const startedAt = now();
  const id = uuid7(startedAt / 1000);
  const later = new LaterWrites(startedAt);
  const run = { store, id, at: startedAt, signal: options.signal, later };
  await store.repository(runs).insert({ id, startedAt });
  const finish = async (outcome: 'complete' | 'incomplete' | 'failed'): Promise<Instant> => {
    const finishedAt = now();
    await store.transaction(async (transaction) => {
      await later.write(transaction);
      await transaction.repository(runs).update({ id }, { finishedAt, outcome });
    });
    later.written();
    return finishedAt;
  };
  const results: SourceResult[] = [];
  try {
    for (const source of sources) {
      const origin = { actor: 'sync', via: 'sync', source: source.name, run: id };
      results.push(await store.as(origin, () => sweepSource(run, source, collectors, options)));
    }
    const complete = results.every((result) => result.scopes.every((scope) => scope.complete));
    const finishedAt = await finish(complete ? 'complete' : 'incomplete');
    return { run: { id, startedAt, finishedAt }, sources: results, complete };
  } catch (error) {
    // Best effort: what waits may be what failed, and where the store itself fails, the run stays unfinished.
    const mark = (): Promise<boolean> =>
      store.repository(runs).update({ id }, { finishedAt: now(), outcome: 'failed' });
    await finish('failed')
      .catch(mark)
      .catch(() => undefined);
    throw error;
  }
}

async function rulesOf(store: Store, source: SourceRecord, collector: Collector): Promise<SourceRules> {
  return {
    policy: await readPolicy(store, source, collector),
    watched: await hasCandidates(store, source.name),
    held: [],
  };
}

async function sweepSource(
  run: Run & { readonly later: LaterWrites },
  source: SourceRecord,
  collectors: readonly Collector[],
  { signal, onProgress, onScope, accept }: SweepOptions,
): Promise<SourceResult> {
  const collector = collectors.find((candidate) => candidate.domain === source.domain);
  let settled: SettledSource = { scopes: [] };
  const scopes: ScopeResult[] = [];
  const take = (result: ScopeResult): void => {
    scopes.push(result);
    onScope?.(source.name, result);
  };
  if (collector === undefined) {
    const error = new HoldfastError(
      'SETTING_INVALID',
      `nothing here reads sources of the domain ${source.domain}`,
    );
    take(await applyObservation(run, source.name, { scope: 'source', error, batches: [] }));
    settled = { scopes };
  } else {
    const rules = await rulesOf(run.store, source, collector);
    const ruled = { ...run, rules };
    const context = { store: run.store, source, credentials: credentialsOf(source), signal, onProgress };
    for await (const given of collector.collect(context)) {
      const group = 'scope' in given ? [given] : given;
      const unchanged = group.length > 1 ? await settleUnchanged(ruled, source.name, group) : [];
      for (const [index, observation] of group.entries())
        take(unchanged[index] ?? (await applyObservation(ruled, source.name, observation)));
      if (!run.later.due) continue;
      await run.store.transaction((transaction) => run.later.write(transaction));
      run.later.written();
    }
    const ours = accept?.plan.subject.source === source.name ? accept : undefined;
    settled = await settleHeld(ruled, source.name, scopes, ours);
  }
  const sum = (count: 'created' | 'changed' | 'deleted' | 'unchanged' | 'gauges'): number =>
    settled.scopes.reduce((total, scope) => total + scope[count], 0);
  return {
    source: source.name,
    domain: source.domain,
    ...settled,
    created: sum('created'),
    changed: sum('changed'),
    deleted: sum('deleted'),
    unchanged: sum('unchanged'),
    gauges: sum('gauges'),
  };
}
