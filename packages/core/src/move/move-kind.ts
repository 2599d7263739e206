// Moving as a plan: the database is copied while it is used, and takes its new place while writers wait for a moment.

import { HoldfastError } from '../errors.ts';
import { watchCapture } from '../history/watch.ts';
import type { Gate, Json, PlanContext, PlanDraft, StepwiseKind } from '../plan/plan.ts';
import type { Store } from '../store/open-store.ts';
import { arrive } from './arrive.ts';
import { clearPlace } from './clear-place.ts';
import { endLogging, movingTables } from './moving-tables.ts';
import { type MoveOptions, type MoveReport, Passage } from './passage.ts';

/** Where from, and where to; never with credentials. */
export type MoveSubject = { readonly from: string; readonly to: string; readonly lossy: string } & {
  readonly [key: string]: Json;
};

export interface MoveKind extends StepwiseKind<MoveSubject> {
  readonly report: MoveReport;
  /** Closes what is open; a store that has taken the place of the other stays open, and is the caller's. */
  close(): Promise<void>;
}

/** @param to where the database moves, as messages name it */
export async function moveDraft(
  store: Store,
  { to, lossy = 'refuse' }: { readonly to: string; readonly lossy?: string },
): Promise<PlanDraft<MoveSubject>> {
  const from = store.engine.location;
  if (from === to)
    throw new HoldfastError('USAGE', `the database is at ${to} already`, {
      hint: 'Name a new or empty database: holdfast move --to URL',
    });
  const { declared } = movingTables(store);
  const { sizeBytes, tables } = await store.stats();
  const effects = { database: { tables: declared.length } };
  return {
    kind: 'move',
    title: `move the database from ${from} to ${to}`,
    steps: [
      { id: 'copy', title: 'copy it while it is used, and compare', effects },
      { id: 'switch', title: 'take along what has changed, keep writers out, and switch', effects: {} },
    ],
    hazards: [
      {
        code: 'WRITERS_WAIT',
        severity: 'note',
        what: 'writers wait while the last changes are taken along; afterwards they are refused, and have to use the new place',
      },
    ],
    estimate: { rows: tables.reduce((sum, { rows }) => sum + rows, 0), bytes: sizeBytes },
    wayBack: `holdfast --database OLD move --reopen, or holdfast move --to OLD-OR-NEW`,
    subject: { from, to, lossy },
  };
}

/**
 * 1. copy: notes the new place outside the database, marks it as one that nobody may open, copies one state into it,
 *    makes indexes, compares every table by its digest.
 * 2. switch: takes changes along, round after round, until a round is short. Has writers wait, takes the last ones along,
 *    seals the old database against every writer, and makes the new one the one to be opened.
 * 3. proof: both databases, as they were while writers waited, are read and compared once more.
 * A failure, a cancellation or a kill before the seal leaves everything as it was: what came to the new place goes. A kill
 * after it: whoever opens the database next brings the move to its end. Room: the database, at its new place.
 * @throws RESTORE_NOT_EMPTY, VALUE_LOSSY, MOVE_UNSETTLED, PROOF_FAILED, DATABASE_BUSY, CANCELLED
 */
export function moveKind(options: MoveOptions): MoveKind {
  let passage: Passage | undefined;
  let report: MoveReport | undefined;
  return {
    kind: 'move',
    atomic: false,
    get report() {
      return report ?? { tables: [], losses: [], digest: '', freezeMs: undefined, rounds: 0 };
    },
    revise: ({ subject }, { store }) => moveDraft(store, subject),
    gates: (_plan, context) => [capture(context)],
    async step({ id, effects }, { subject }, { store, dryRun, signal, lease }) {
      if (id === 'copy') {
        passage = new Passage(store, options);
        await passage.copy(dryRun, signal);
      } else if (!dryRun) await passage!.switchOver(subject.to, { signal, lease });
      report = passage?.report;
      return effects;
    },
    async prove() {
      const differences = await passage!.prove();
      report = passage!.report;
      return differences;
    },
    async recover({ subject }, _done, { store }) {
      const { by, settle, stay, url } = options;
      if (passage !== undefined && !passage.sealed) {
        await passage.abandon();
        return 'before';
      }
      const successor = passage?.successor ?? (store.engine.location === subject.to ? store : undefined);
      if (successor !== undefined) {
        await arrive(successor, subject.from, by);
        await settle();
        await successor.engine.checkReferences();
        return 'after';
      }
      // Another process died before its seal.
      const tables = movingTables(store);
      await clearPlace(url, tables.declared);
      await store.engine.thaw(async () => {});
      await endLogging(store.engine, tables);
      await stay();
      return 'before';
    },
    successor: () => (passage?.sealed ? passage.successor : undefined),
    close: async () => passage?.close(),
  };
}

/** What is not captured cannot be taken along. */
const capture = ({ store }: PlanContext): Gate => ({
  name: 'capture',
  async check() {
    const faults = await watchCapture(store);
    if (faults.length === 0) return { ok: true };
    return {
      ok: false,
      reason: `changes of ${faults.map(({ table }) => table).join(', ')} may go unseen: ${faults[0]!.what}`,
      evidence: faults.map(({ table, code, what }) => ({ table, code, what })),
      fix: 'holdfast db repair',
    };
  },
});
