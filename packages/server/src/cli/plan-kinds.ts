// The kinds of plans that this program applies, one line for each, and what is done at a start for those broken off.

import { existsSync, readdirSync } from 'node:fs';
import type { Store } from '@holdfast/core';
import type { AnyPlanKind } from '@holdfast/core/plan';
import { printable } from './output.ts';

/** Loaded only where something was broken off. */
async function planKinds(): Promise<readonly AnyPlanKind[]> {
  const [{ undoKind }, { sweepPlans }, { trackedResources }] = await Promise.all([
    import('@holdfast/core/history'),
    import('@holdfast/core/sync'),
    import('./tracked-resources.ts'),
  ]);
  return [undoKind(trackedResources(undefined)), sweepPlans];
}

/** Brings what was broken off to an end, and says so on stderr. Without anything left it costs a look at a folder. */
export async function recoverPlans(store: Store, intents: string): Promise<void> {
  if (!existsSync(intents) || readdirSync(intents).every((name) => !name.endsWith('.intent'))) return;
  // Loaded only here: most commands have nothing to take up.
  const { recoverIntents } = await import('@holdfast/core/plan');
  const { plans, setAside } = await recoverIntents({ store, intents, kinds: await planKinds() });
  const lines = [
    ...plans.map(({ title, outcome, what }) => `broken off: ${title}: ${outcome}: ${what}`),
    ...setAside.map(({ path, reason }) => `set aside: ${path}: ${reason}`),
  ];
  for (const line of lines) process.stderr.write(`${printable(line)}\n`);
}
