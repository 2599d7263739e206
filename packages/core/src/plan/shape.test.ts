// Plans: what their hash depends on, and what is no plan.

import { expect, test } from 'vitest';
import { Secret } from '../schema/secret.ts';
import type { Json } from './json.ts';
import { effectDifferences, makePlan, type PlanDraft, planHash, requireFresh, sumEffects } from './shape.ts';

const draft: PlanDraft = {
  kind: 'test',
  title: 'Delete three guests',
  steps: [{ id: 'delete', title: 'delete', effects: { 'proxmox.vm': { delete: 3 } } }],
  hazards: [{ code: 'GONE', severity: 'danger', what: 'they do not come back' }],
  subject: { ids: ['a', 'b', 'c'], options: { force: true, why: null } },
};
const hashOf = (change: Partial<PlanDraft>, at = 0): string => makePlan({ ...draft, ...change }, { at }).hash;

test('equal plans have equal hashes, whatever their clocks, estimates, headlines and order of names', () => {
  const { hash } = makePlan(draft, { at: 1 });
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashOf({}, 99_000_000)).toBe(hash);
  expect(hashOf({ estimate: { rows: 4 }, title: 'Other words', wayBack: 'holdfast undo' })).toBe(hash);
  expect(hashOf({ subject: { options: { why: null, force: true }, ids: ['a', 'b', 'c'] } })).toBe(hash);
});

test.each<[string, Partial<PlanDraft>]>([
  ['kind', { kind: 'other' }],
  ['a count', { steps: [{ ...draft.steps[0]!, effects: { 'proxmox.vm': { delete: 4 } } }] }],
  ['a step more', { steps: [...draft.steps, { id: 'more', title: '', effects: {} }] }],
  ['a hazard', { hazards: [] }],
  ['the subject', { subject: { ids: ['a', 'b', 'd'], options: { force: true, why: null } } }],
  ['the order of the subject', { subject: { ids: ['b', 'a', 'c'], options: { force: true, why: null } } }],
])('%s is another plan', (_, change) => {
  expect(hashOf(change)).not.toBe(hashOf({}));
});

test('a plan is a copy, and stored and read back it has its hash', () => {
  const ids = ['a'];
  const plan = makePlan({ ...draft, subject: { ids } });
  ids.push('b');
  expect(plan.subject).toEqual({ ids: ['a'] });
  expect(planHash(JSON.parse(JSON.stringify(plan)))).toBe(plan.hash);
});

test('it is good for a day unless said otherwise', () => {
  const plan = makePlan(draft, { at: 0, validForMs: 1_000 });
  expect(makePlan(draft, { at: 0 }).expiresAt).toBe(86_400_000_000);
  requireFresh(plan, 999_999);
  expect(() => requireFresh(plan, 1_000_000)).toThrow(
    expect.objectContaining({ code: 'PLAN_EXPIRED', exit: 3 }),
  );
});

test.each<[string, unknown]>([
  ['no number', Number.NaN],
  ['endless', Number.POSITIVE_INFINITY],
  ['a bigint', 1n],
  ['a date', new Date(0)],
  ['bytes', new Uint8Array(2)],
  ['a secret', new Secret('hunter2')],
  ['undefined', undefined],
  ['a function', () => 1],
])('a subject with %s is refused where it stands', (_, value) => {
  const subject = { list: [{ value }] } as unknown as Json;
  expect(() => makePlan({ ...draft, subject })).toThrow(
    expect.objectContaining({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining('subject.list[0].value'),
    }),
  );
});

test('steps named twice and counts that are none are refused', () => {
  const step = draft.steps[0]!;
  expect(() => makePlan({ ...draft, steps: [step, step] })).toThrow('two steps are named delete');
  for (const count of [-1, 0.5, 2 ** 53])
    expect(() => makePlan({ ...draft, steps: [{ ...step, effects: { t: { insert: count } } }] })).toThrow(
      `insert of t is ${count}`,
    );
});

test('effects are summed and compared count by count', () => {
  const sum = sumEffects([{ a: { insert: 1, update: 0 } }, { a: { insert: 2 }, b: { delete: 1 } }, {}]);
  expect(sum).toEqual({ a: { insert: 3 }, b: { delete: 1 } });
  expect(effectDifferences(sum, sum)).toEqual([]);
  expect(effectDifferences(sum, { a: { insert: 2 }, c: { insert: 1 } })).toEqual([
    'a: insert 3 planned, 2 done',
    'b: delete 1 planned, 0 done',
    'c: insert 0 planned, 1 done',
  ]);
  expect(effectDifferences({ a: { insert: 0 } }, {})).toEqual([]);
});
