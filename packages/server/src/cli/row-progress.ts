// Progress of work on rows, on the line that shows it.

import type { OnProgress } from '@holdfast/core/archive';
import { progressLine } from './progress.ts';

/** Runs `work` with something to tell its progress to; the line is gone afterwards. */
export async function withProgress<T>(quiet: boolean, work: (told: OnProgress) => Promise<T>): Promise<T> {
  const line = progressLine(quiet);
  try {
    return await work(({ phase, table, done, total, perSecond }) => {
      const left = perSecond > 0 ? Math.ceil((total - done) / perSecond) : 0;
      const rest = left > 1 ? `, about ${left} s left` : '';
      const of = total > 0 ? `/${total}` : '';
      line.update(`${phase} ${table}: ${done}${of}, ${Math.round(perSecond)}/s${rest}`);
    });
  } finally {
    line.clear();
  }
}
