// A drift run: records compared with what they should be, page by page, and what was found stored.

import { HoldfastError, isHoldfastError } from '../errors.ts';
import type { Resource } from '../schema/domain.ts';
import { type Instant, now } from '../schema/instant.ts';
import type { Update } from '../schema/table.ts';
import { uuid7 } from '../schema/uuid7.ts';
import type { Store } from '../store/open-store.ts';
import { desired, driftRuns } from '../system/tables.ts';
import { ignoredOf, listDriftRules } from './drift-rules.ts';
import { Confirmations } from './freshness.ts';
import type { DriftRun } from './hook.ts';
import { lookAt, type ResourceRun } from './look.ts';
import { type DriftReport, type DriftTotals, Tally } from './report.ts';
import { settleLeftovers, settlePage } from './settle.ts';
import { driftSubject } from './subject.ts';

export interface DriftProgress {
  readonly resource: string;
  /** Records looked at so far, over all resources. */
  readonly done: number;
}

export interface DriftRunOptions {
  /** What to look at. */
  readonly resources: readonly Resource[];
  /** Of the one resource, this record only. */
  readonly recordId?: string | undefined;
  readonly source?: string | undefined;
  /** Which records, as the resource understands it; see `DriftDescriptor.filtered`. */
  readonly filter?: unknown;
  /** What no sweep has confirmed for longer is unknown. @default however old */
  readonly maxAgeMs?: number | undefined;
  readonly by: string;
  readonly schedule?: string | undefined;
  readonly at?: Instant;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DriftProgress) => void) | undefined;
}

export interface DriftResult {
  readonly run: { readonly id: string; readonly startedAt: Instant; readonly finishedAt: Instant };
  readonly report: DriftReport;
}

/**
 * Compares what is stored with what is wanted; no system is asked.
 * 1. Writes the run's row. A process that dies from here on leaves a run that never finished.
 * 2. For each resource, in pages: compares, and stores the differences of a page, what they resolve and what the
 *    domain makes of them, in one transaction. A page that fails ends the run; those before stay.
 * 3. Finishes the run's row with its report.
 * A record that cannot be compared is counted with its reason, and the others go on.
 * @throws SETTING_INVALID for a filter that its resource does not know, RECORD_NOT_FOUND for a record that was never there and of which nothing is wanted, CANCELLED, and the
 * errors of the store
 */
export async function runDrift(store: Store, options: DriftRunOptions): Promise<DriftResult> {
  const { resources, recordId, source, schedule, by, signal, at = now() } = options;
  const [only] = resources;
  if (recordId !== undefined && (resources.length !== 1 || only === undefined))
    throw new HoldfastError('USAGE', 'a record is one of one resource');
  const run: DriftRun = { id: uuid7(at / 1000), at, by, recordId, source, schedule };
  const repository = store.repository(driftRuns);
  await repository.insert({
    ...{ id: run.id, startedAt: at, startedBy: by },
    resource: resources.length === 1 ? only!.name : null,
    ...{ recordId: recordId ?? null, source: source ?? null, schedule: schedule ?? null },
  });
  const tally = new Tally();
  try {
    const ignores = await listDriftRules(store, 'ignore');
    const confirmations = new Confirmations(store);
    let done = 0;
    for (const resource of resources) {
      const onPage = (records: number): void => {
        done += records;
        options.onProgress?.({ resource: resource.name, done });
      };
      const accepts = filterOf(resource, options.filter);
      const cover = { store, run, resource, confirmations, onPage, accepts, signal };
      const { maxAgeMs } = options;
      await coverResource(
        {
          ...cover,
          maxAgeMs,
          subject: driftSubject(resource),
          ignored: ignoredOf(ignores, resource.name, at),
        },
        tally,
      );
    }
    const report = tally.report();
    const finishedAt = Math.max(now(), at);
    await repository.update(
      { id: run.id },
      { ...countsOf(report), state: 'done', finishedAt, report: { ...report } },
    );
    return { run: { id: run.id, startedAt: at, finishedAt }, report };
  } catch (error) {
    await repository
      .update({ id: run.id }, { ...countsOf(tally.totals), ...endOf(error), finishedAt: Math.max(now(), at) })
      // The first failure is the one worth telling.
      .catch(() => undefined);
    throw error;
  }
}

async function coverResource(cover: ResourceRun, tally: Tally): Promise<void> {
  const { store, run, resource, onPage } = cover;
  if (run.source !== undefined && !('source' in resource.table.columns)) return;
  // Of what knows nothing about drift, only what people want something of is worth a look.
  const wanted = { resource: resource.name };
  if (resource.drift === undefined && run.recordId === undefined)
    if ((await store.repository(desired).count(wanted)) === 0) return;
  const hook = resource.drift?.hook;
  const own = new Tally();
  let begun = false;
  try {
    for await (const page of lookAt(cover)) {
      if (!begun && page.looked.length > 0) {
        begun = true;
        await hook?.started?.(store, run);
      }
      const records = await settlePage(cover, page);
      for (const each of [tally, own]) {
        for (const record of records) each.add(record);
        each.unmanaged(page.unmanaged);
      }
      onPage(page.looked.length + page.unmanaged);
    }
    await settleLeftovers(cover);
  } catch (error) {
    if (begun) await hook?.finished?.(store, run, undefined).catch(() => undefined);
    throw error;
  }
  if (begun) await hook?.finished?.(store, run, own.report());
}

/** @throws SETTING_INVALID where the resource knows no filters */
function filterOf({ name, drift }: Resource, filter: unknown): ResourceRun['accepts'] {
  if (filter === undefined || filter === null) return undefined;
  if (drift?.filtered !== undefined) return drift.filtered(filter);
  throw new HoldfastError(
    'SETTING_INVALID',
    `${name} knows no filters: limit the run to a source or a record`,
  );
}

function countsOf(totals: DriftTotals): Omit<DriftTotals, 'unmanaged'> {
  const { checked, inSync, drifted, acknowledged, unknown, errored, critical, warning, info } = totals;
  return { checked, inSync, drifted, acknowledged, unknown, errored, critical, warning, info };
}

/** How the run's row says that it did not come to its end. */
function endOf(error: unknown): Pick<Update<typeof driftRuns>, 'state' | 'error'> {
  const known = isHoldfastError(error) ? error : new HoldfastError('BUG', String(error));
  const { code, message, hint } = known;
  return { state: code === 'CANCELLED' ? 'cancelled' : 'failed', error: { code, message, hint } };
}
