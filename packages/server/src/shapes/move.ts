// What a move did, as `move --json` tells it.

import type { MoveReport } from '@holdfast/core/move';

interface Told {
  readonly dryRun: boolean;
  /** By the monotonic clock. */
  readonly startedAt: number;
}

export type MoveAnswer = ReturnType<typeof moveJson>;

export function moveJson(
  { tables, losses, digest, freezeMs, rounds }: MoveReport,
  { from, to }: { readonly from: string; readonly to: string },
  { dryRun, startedAt }: Told,
) {
  const lost = tables.reduce((sum, { lossy }) => sum + lossy, 0);
  return {
    success: true,
    tables: tables.map(({ table, rows, lossy }) => ({
      ...{ table, inserted: rows, updated: 0, skipped: 0, conflicts: 0, lossy },
    })),
    recordsRestored: tables.reduce((sum, { rows }) => sum + rows, 0),
    errors: [],
    warnings: lost === 0 ? [] : [`${lost} values cannot be kept as they are`],
    losses: losses.map(({ table, key, column, why }) => ({
      ...{ table, key: key.map(String).join(', '), column, why },
    })),
    digest,
    freezeMs: freezeMs ?? null,
    ...{ rounds, dryRun, from, to, durationMs: Math.round(performance.now() - startedAt) },
  };
}
