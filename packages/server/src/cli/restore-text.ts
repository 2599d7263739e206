// What a restore did, for people.

import type { RestoredTable } from '@holdfast/core/archive';
import type { Plan } from '@holdfast/core/plan';
import { paint, printable, renderTable } from './output.ts';

export interface RestoreAnswer {
  readonly success: true;
  readonly dryRun: boolean;
  readonly tables: readonly (RestoredTable & { readonly deleted: number; readonly unchanged: number })[];
  readonly recordsRestored: number;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly losses: readonly Loss[];
  /** Of the living records that the archive has. */
  readonly digest: string;
  readonly archive: string;
  readonly at: string;
  readonly plan: Pick<Plan, 'hash' | 'title' | 'steps' | 'hazards' | 'wayBack'> & {
    readonly id: string | null;
  };
  readonly request: string;
  readonly safetyArchive?: string;
  readonly durationMs: number;
}

interface Loss {
  readonly table: string;
  readonly key: string;
  readonly column: string;
  readonly why: string;
}

export function restoreText(
  { dryRun, tables, recordsRestored, errors, warnings, losses, digest, plan, durationMs }: RestoreAnswer,
  elsewhere: boolean,
): string {
  const changed = tables.filter(
    ({ inserted, updated, skipped, deleted }) => inserted + updated + skipped + deleted > 0,
  );
  const did = dryRun
    ? paint('dim', `nothing was written: ${recordsRestored} records would be restored`)
    : `${paint('green', 'restored')} ${recordsRestored} records in ${durationMs} ms, and looked at once more`;
  return [
    renderTable(
      ['table', 'inserted', 'updated', 'skipped', 'deleted', 'same'],
      changed.map((each) => [
        each.table,
        ...[each.inserted, each.updated, each.skipped, each.deleted, each.unchanged].map(String),
      ]),
    ),
    ...notes({ errors, warnings, losses }),
    changed.length === 0 ? 'the store has all of it already' : did,
    `  digest ${digest}`,
    ...(dryRun || plan.wayBack === null ? [] : [`To take it back: ${printable(plan.wayBack)}`]),
    ...(dryRun ? [] : [`Next: holdfast ${elsewhere ? '--database URL ' : ''}db check`]),
  ].join('\n');
}

export const notes = ({
  errors = [],
  warnings,
  losses,
}: {
  readonly errors?: readonly string[];
  readonly warnings: readonly string[];
  readonly losses: readonly Loss[];
}): string[] => [
  ...losses.map(({ table, key, column, why }) =>
    printable(`  ${paint('yellow', 'lossy')} ${table}.${column} of ${key}: ${why}`),
  ),
  ...errors.map((error) => printable(`${paint('red', 'left out')} ${error}`)),
  ...warnings.map((warning) => printable(`${paint('yellow', 'note')} ${warning}`)),
];
