// The plan of a restore into a living store: what it shows, and which gates stand before it.

import { HoldfastError } from '../../errors.ts';
import type { Gate, GateAnswer } from '../../plan/gate.ts';
import type { Json } from '../../plan/json.ts';
import type { AtomicKind } from '../../plan/kinds.ts';
import type { Effects, Hazard, PlanDraft, PlanStep } from '../../plan/shape.ts';
import { formatInstant } from '../../schema/instant.ts';
import type { Contents } from './contents.ts';
import type { Tally } from './pass.ts';
import type { ConflictPolicy } from './policies.ts';

export const livingKindName = 'restore';

/** What becomes of a table, counted. */
export type TablePlan = Tally & {
  readonly table: string;
  /** What becomes of which record, as a digest. */
  readonly decisions: string;
  readonly deleted: number;
  /** Of the latest values of its gauges, for records that are brought back. */
  readonly gauges: (Tally & { readonly decisions: string }) | null;
};

export type LivingSubject = {
  readonly contents: string;
  readonly at: string;
  readonly only: readonly string[] | null;
  readonly where: string | null;
  readonly policy: ConflictPolicy;
  readonly preserveExisting: boolean;
  readonly lossy: 'refuse' | 'nearest';
  readonly tables: readonly TablePlan[];
  /** The first of them, by table and key. */
  readonly conflicting: readonly string[];
  /** References that neither the store nor the archive can answer. */
  readonly missing: readonly string[];
};

/** For whoever finds such a plan broken off: it needs no archive to see what became of it. */
export const livingPlans: AtomicKind = {
  kind: livingKindName,
  atomic: true,
  revise: () => needsArchive(),
  gates: () => [],
  step: () => needsArchive(),
};

const needsArchive = (): never => {
  throw new HoldfastError(
    'PLAN_STALE',
    'a restore is planned anew from its archive: holdfast restore ARCHIVE',
  );
};

export interface Asked {
  readonly contents: Contents;
  readonly subject: LivingSubject;
  readonly wayBack: string | undefined;
}

export function livingDraft({ contents, subject, wayBack }: Asked): PlanDraft<LivingSubject & Json> {
  const { tables, policy } = subject;
  const name = policy === 'fail' ? 'what is missing' : `what is missing, ${words[policy]}`;
  return {
    kind: livingKindName,
    title: `Restore ${name}, from ${contents.label} of ${formatInstant(contents.at)}`,
    steps: stepsOf(tables),
    hazards: hazardsOf(contents, subject),
    estimate: {
      rows: tables.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0),
    },
    ...(wayBack === undefined ? {} : { wayBack }),
    subject: subject as LivingSubject & Json,
  };
}

const words: Readonly<Record<Exclude<ConflictPolicy, 'fail'>, string>> = {
  skip: 'and leave living records as they are',
  overwrite: 'and put the archive’s records in the place of living ones',
  newer: 'and of two different records keep the newer one',
  merge: 'and fill what is open in living records',
};

export const writeEffects = ({
  table,
  gauges,
  ...tally
}: Omit<TablePlan, 'decisions' | 'deleted'>): Effects => ({
  [table]: { insert: tally.inserted, update: tally.updated, skip: tally.skipped },
  ...(gauges === null ? {} : { [`${table}_latest`]: { insert: gauges.inserted } }),
});

/** Parents are written before their children, and deleted after them. */
function stepsOf(tables: readonly TablePlan[]): PlanStep[] {
  const writes = tables
    .filter(({ inserted, updated }) => inserted + updated > 0)
    .map(
      (each): PlanStep => ({
        id: `write ${each.table}`,
        title: `write ${each.table}: ${countsText(each)}`,
        effects: writeEffects(each),
      }),
    );
  const deletes = tables
    .filter(({ deleted }) => deleted > 0)
    .toReversed()
    .map(
      ({ table, deleted }): PlanStep => ({
        id: `delete ${table}`,
        title: `delete ${deleted} of ${table} that the archive does not have`,
        effects: { [table]: { delete: deleted } },
      }),
    );
  return [...writes, ...deletes];
}

const countsText = ({ inserted, updated, skipped }: Tally): string =>
  [
    [inserted, 'brought back'],
    [updated, 'changed'],
    [skipped, 'left as they are'],
  ]
    .filter(([count]) => (count as number) > 0)
    .map(([count, word]) => `${count} ${word}`)
    .join(', ');

function hazardsOf({ omittedSecrets }: Contents, { tables }: LivingSubject): Hazard[] {
  const sum = (count: (table: TablePlan) => number): number =>
    tables.reduce((total, table) => total + count(table), 0);
  const deleted = sum((table) => table.deleted);
  const updated = sum((table) => table.updated);
  const lossy = sum((table) => table.lossy + (table.gauges?.lossy ?? 0));
  return [
    ...(deleted === 0
      ? []
      : [
          {
            code: 'DELETES',
            severity: 'danger',
            what: `living records that are deleted: ${deleted}`,
          } as const,
        ]),
    ...(updated === 0
      ? []
      : [
          {
            code: 'OVERWRITES',
            severity: 'warning',
            what: `living records that are changed: ${updated}`,
          } as const,
        ]),
    ...(lossy === 0
      ? []
      : [
          {
            code: 'LOSSY',
            severity: 'warning',
            what: `values that cannot be kept as they are: ${lossy}`,
          } as const,
        ]),
    ...(omittedSecrets === 0
      ? []
      : [
          {
            code: 'SECRETS',
            severity: 'note',
            what: 'secrets are not in the archive: living ones stay, others are to be entered again',
          } as const,
        ]),
  ];
}

const total = (tables: readonly TablePlan[], count: (table: TablePlan) => number): number =>
  tables.reduce((sum, table) => sum + count(table), 0);

/** They ask the plan only: what it counted is counted again as it is done. */
export function livingGates({ policy, lossy, tables, conflicting, missing }: LivingSubject): Gate[] {
  const refuseConflicts = (): GateAnswer => {
    const conflicts = total(tables, (table) => table.conflicts);
    if (policy !== 'fail' || conflicts === 0) return { ok: true, evidence: { conflicts } };
    return {
      ok: false,
      reason: `living records are not as the archive has them, ${conflicts} of them: ${some(conflicting, conflicts)}`,
      evidence: {
        code: 'RESTORE_CONFLICT',
        conflicts,
        tables: Object.fromEntries(
          tables.filter((each) => each.conflicts > 0).map((each) => [each.table, each.conflicts]),
        ),
        first: conflicting,
      },
      fix: 'Say what is to become of them: --conflict skip, overwrite, newer or merge',
    };
  };
  const refuseUndated = (): GateAnswer => {
    const undated = tables.filter((table) => table.undated > 0).map(({ table }) => table);
    if (undated.length === 0) return { ok: true };
    return {
      ok: false,
      reason: `nothing says when records of ${undated.join(', ')} were changed: they have neither such a column nor a history`,
      evidence: { code: 'RESTORE_UNDATED', tables: undated },
      fix: 'Leave these tables out with --only, or say --conflict skip, overwrite or merge',
    };
  };
  const refuseLossy = (): GateAnswer => {
    const lost = total(tables, (table) => table.lossy + (table.gauges?.lossy ?? 0));
    if (lossy === 'nearest' || lost === 0) return { ok: true };
    return {
      ok: false,
      reason: `${lost} values cannot be kept as they are`,
      evidence: { code: 'VALUE_LOSSY', values: lost },
      fix: 'Consent to the nearest values: --lossy nearest; a dry run with it names each',
    };
  };
  const refuseMissing = (): GateAnswer => {
    if (missing.length === 0) return { ok: true };
    return {
      ok: false,
      reason: `what would be restored refers to records that are neither in the store nor in the archive: ${some(missing, missing.length)}`,
      evidence: { code: 'REFERENCE_MISSING', first: missing },
      fix: 'Store the records that are referred to first, or restore others',
    };
  };
  return [
    { name: 'conflicts', check: refuseConflicts },
    { name: 'newer', check: refuseUndated },
    { name: 'lossy', check: refuseLossy },
    { name: 'references', check: refuseMissing },
  ];
}

/** Of a refusal; all of them are in its details. */
const shown = 5;
const some = (names: readonly string[], count: number): string =>
  `${names.slice(0, shown).join(', ')}${count > shown ? ', …' : ''}`;
