// Plans that another program made, or that are of something else, are left alone.

import { expect, test } from 'vitest';
import { refusal } from '../engine/sqlite/test-store.ts';
import { requireSweepPlan, sweepPlans } from '../sync/held-plan.ts';
import { requirePlanKind } from './kinds.ts';
import type { Plan } from './shape.ts';

test('a kind that this program does not know is refused by its name', async () => {
  expect(requirePlanKind([sweepPlans], sweepPlans.kind)).toBe(sweepPlans);
  expect(await refusal(() => requirePlanKind([sweepPlans], 'of-a-later-version'))).toMatchObject({
    code: 'PLAN_KIND_UNKNOWN',
    message: expect.stringContaining('of-a-later-version'),
  });
});

test('what is no plan of a sweep is not applied as one', async () => {
  const sweep = { kind: sweepPlans.kind, title: 'Write what lab told' } as Plan;
  expect(requireSweepPlan(sweep)).toBe(sweep);
  const other = { kind: 'undo', title: 'Undo a change' } as Plan;
  expect(await refusal(() => requireSweepPlan(other))).toMatchObject({
    code: 'PLAN_KIND_UNKNOWN',
    message: expect.stringContaining('Undo a change'),
    hint: expect.stringContaining('holdfast sync'),
  });
});
