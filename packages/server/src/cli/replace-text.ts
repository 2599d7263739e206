// What became of a replacement, for people.

import type { RestoreResult } from '@holdfast/core/archive';
import { paint, printable, renderTable } from './output.ts';
import { notes } from './restore-text.ts';

/** Of what was kept put back, only that. */
export interface ReplaceTold extends Partial<RestoreResult> {
  readonly plan: { readonly title: string; readonly wayBack: string | null };
}

export function replaceText(told: ReplaceTold): string {
  const { dryRun, plan, digest } = told;
  const { wayBack } = plan;
  const back =
    wayBack === null
      ? paint('dim', 'nothing was written')
      : `To take it back: ${printable(wayBack)}; remove what is kept when it is of no use any more`;
  if (digest === undefined)
    return dryRun ? paint('dim', 'nothing was changed') : [paint('green', 'put back'), back].join('\n');
  const { tables, recordsRestored, durationMs } = told as RestoreResult;
  const filled = tables.filter(({ inserted, lossy }) => inserted > 0 || lossy > 0);
  return [
    renderTable(
      ['table', 'rows', 'lossy'],
      filled.map((each) => [each.table, String(each.inserted), String(each.lossy)]),
    ),
    ...notes(told as RestoreResult),
    ...(dryRun
      ? []
      : [
          `${paint('green', 'replaced')} by ${recordsRestored} rows in ${durationMs} ms, every table equal to the archive`,
        ]),
    back,
    `  digest ${digest}`,
    ...(dryRun ? [] : ['Next: holdfast doctor']),
  ].join('\n');
}
