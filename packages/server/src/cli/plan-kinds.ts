// The kinds of plans that this program applies, one line for each, and what is done at a start for those broken off.

import { existsSync, readdirSync } from 'node:fs';
import type { Store } from '@holdfast/core';
import type { AnyPlanKind } from '@holdfast/core/plan';
import type { Place } from './invocation.ts';
import { printable } from './output.ts';

/** Loaded only where something was broken off. */
async function planKinds(place: Place): Promise<readonly AnyPlanKind[]> {
  const [
    { undoKind },
    { pruneArchivesKind },
    { sweepPlans },
    { livingPlans },
    { trackedResources },
    { brokenOffMove },
  ] = await Promise.all([
    import('@holdfast/core/history'),
    import('@holdfast/core/retention'),
    import('@holdfast/core/sync'),
    import('@holdfast/core/archive'),
    import('./tracked-resources.ts'),
    import('./move-plan.ts'),
  ]);
  return [
    undoKind(trackedResources(undefined)),
    sweepPlans,
    livingPlans,
    pruneArchivesKind,
    brokenOffMove(place),
  ];
}

/** Brings what was broken off to an end, and says so on stderr. Without anything left it costs a look at a folder. */
export async function recoverPlans(store: Store, place: Place): Promise<void> {
  const { intents } = place;
  if (!existsSync(intents) || readdirSync(intents).every((name) => !name.endsWith('.intent'))) return;
  // Loaded only here: most commands have nothing to take up.
  const { recoverIntents } = await import('@holdfast/core/plan');
  const { plans, setAside } = await recoverIntents({ store, intents, kinds: await planKinds(place) });
  const lines = [
    ...plans.map(({ title, outcome, what }) =>
      outcome === 'running' ? `under way: ${title}: ${what}` : `broken off: ${title}: ${outcome}: ${what}`,
    ),
    ...setAside.map(({ path, reason }) => `set aside: ${path}: ${reason}`),
  ];
  for (const line of lines) process.stderr.write(`${printable(line)}\n`);
}
