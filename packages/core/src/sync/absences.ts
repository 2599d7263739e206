// Judging what a complete scope no longer shows: absent now, or a candidate until later sweeps miss it too.

import type { StoredRow } from '../schema/codec.ts';
import type { Instant } from '../schema/instant.ts';
import type { Row } from '../schema/table.ts';
import type { Repositories } from '../store/repository.ts';
import type { Transaction } from '../store/transaction.ts';
import { absences, tombstones } from '../system/tables.ts';
import type { ComparedBatch } from './compare-batch.ts';
import { type RecordKey, recordKey } from './record-key.ts';
import { confirmsAtOnce, type SweepPolicy } from './sweep-policy.ts';

/** Rows named in one statement. */
const atOnce = 200;

/** A record that its scope does not show. */
export interface Missed {
  readonly stored: StoredRow;
  readonly key: RecordKey;
  readonly firstMissedRun: string;
  readonly firstMissedAt: Instant;
  readonly timesMissed: number;
}

export interface JudgedBatch {
  /** Missed often or long enough: absent. */
  readonly confirmed: readonly Missed[];
  /** Missed, but not yet for sure. */
  readonly waiting: readonly Missed[];
  /** Candidates that are shown again, by their hash. */
  readonly seenAgain: readonly string[];
}

/** Where a batch is judged. */
export interface Judge {
  readonly runId: string;
  readonly at: Instant;
  readonly source: string;
  readonly scope: string;
  /** Whether what is missing means anything: the scope answered in full and nothing was refused. */
  readonly complete: boolean;
  readonly policy: SweepPolicy;
  /** Whether any record of the source may be waiting for confirmation. */
  readonly watched: boolean;
}

type Candidate = Row<typeof absences>;

/**
 * Reads candidates, writes nothing. An incomplete scope judges nothing that it does not show, so it neither counts nor
 * starts again; what it does show is seen again.
 */
export async function judgeMissing(
  transaction: Transaction,
  { runId, at, source, complete, policy, watched }: Judge,
  compared: ComparedBatch,
): Promise<JudgedBatch> {
  const { plan, batch } = compared;
  const { codec } = plan;
  const counts = complete && plan.hasPresence && batch.owns !== undefined && compared.rejected.length === 0;
  const missing = counts ? compared.missing : [];
  const immediate = confirmsAtOnce(policy);
  if (!watched && (immediate || missing.length === 0))
    return {
      confirmed: missing.map((stored) => firstMiss(stored, recordKey(codec, stored), runId, at)),
      waiting: [],
      seenAgain: [],
    };
  const known = await readCandidates(transaction, source, codec.table.name);
  const confirmed: Missed[] = [];
  const waiting: Missed[] = [];
  for (const stored of missing) {
    const key = recordKey(codec, stored);
    const missed = nextMiss(stored, key, known.get(key.hash), runId, at);
    (isConfirmed(missed, policy, at) ? confirmed : waiting).push(missed);
  }
  const seenAgain =
    known.size === 0
      ? []
      : [...compared.observed.values()]
          .map((cells) => recordKey(codec, cells).hash)
          .filter((hash) => known.has(hash));
  return { confirmed, waiting, seenAgain };
}

const firstMiss = (stored: StoredRow, key: RecordKey, runId: string, at: Instant): Missed => ({
  stored,
  key,
  firstMissedRun: runId,
  firstMissedAt: at,
  timesMissed: 1,
});

/** A second miss in the same sweep is the same miss. */
function nextMiss(
  stored: StoredRow,
  key: RecordKey,
  before: Candidate | undefined,
  runId: string,
  at: Instant,
): Missed {
  if (before === undefined) return firstMiss(stored, key, runId, at);
  const { firstMissedRun, firstMissedAt, lastMissedRun, timesMissed } = before;
  return {
    stored,
    key,
    firstMissedRun,
    firstMissedAt,
    timesMissed: lastMissedRun === runId ? timesMissed : timesMissed + 1,
  };
}

const isConfirmed = (
  { timesMissed, firstMissedAt }: Missed,
  { confirmSweeps, confirmAgeMs }: SweepPolicy,
  at: Instant,
): boolean =>
  (confirmSweeps !== null && timesMissed >= confirmSweeps) ||
  (confirmAgeMs !== null && at - firstMissedAt >= confirmAgeMs * 1_000);

async function readCandidates(
  transaction: Transaction,
  source: string,
  tableName: string,
): Promise<Map<string, Candidate>> {
  const known = new Map<string, Candidate>();
  for await (const rows of transaction.repository(absences).stream({ where: { source, tableName } }))
    for (const row of rows) known.set(row.keyHash, row);
  return known;
}

/** Whether any record of the source waits for its absence to be confirmed. */
export const hasCandidates = async (repositories: Repositories, source: string): Promise<boolean> =>
  (await repositories.repository(absences).list({ where: { source }, limit: 1 })).items.length > 0;

/**
 * Writes what was judged: candidates, and a tombstone for each record that was marked absent. What is shown again is
 * struck off whatever became of the rest.
 * @param outcome `held`: the confirmed ones were not marked, and stay candidates. `refused`: rows of the answer were
 * refused while they were written, so what is missing means nothing
 */
export async function writeJudgement(
  transaction: Transaction,
  { runId, at, source, scope, policy, watched }: Judge,
  { plan, batch }: ComparedBatch,
  { confirmed, waiting, seenAgain }: JudgedBatch,
  outcome: 'marked' | 'held' | 'refused',
): Promise<void> {
  const { name: tableName } = plan.codec.table;
  const candidates = transaction.repository(absences);
  const marked = outcome === 'marked' ? confirmed : [];
  const over = watched ? [...seenAgain, ...marked.map(({ key }) => key.hash)] : [];
  for (let start = 0; start < over.length; start += atOnce)
    await candidates.deleteMany({ source, tableName, keyHash: { in: over.slice(start, start + atOnce) } });
  if (outcome === 'refused') return;
  // Where one miss is enough, the next sweep finds the same again without a note of it.
  const noted = outcome === 'held' && !confirmsAtOnce(policy) ? [...waiting, ...confirmed] : waiting;
  if (noted.length > 0)
    await candidates.upsertMany(
      noted.map(({ key, firstMissedRun, firstMissedAt, timesMissed }) => ({
        source,
        tableName,
        keyHash: key.hash,
        recordKey: [...key.parts],
        scope,
        firstMissedRun,
        firstMissedAt,
        lastMissedRun: runId,
        timesMissed,
      })),
    );
  if (marked.length > 0)
    await transaction.repository(tombstones).insertMany(
      marked.map(({ stored, key, firstMissedAt }) => ({
        runId,
        tableName,
        keyHash: key.hash,
        recordKey: [...key.parts],
        source,
        scope,
        absentSince: at,
        firstMissedAt,
        cause: batch.causeOf?.(stored.slice(0, plan.keyWidth)) ?? null,
      })),
    );
}
