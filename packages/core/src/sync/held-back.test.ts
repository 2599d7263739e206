// A scope that would take away or change too much for one sweep waits for somebody to agree to exactly that.

import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { consentToPlan, requirePlan } from '../plan/plan.ts';
import { setSetting } from '../system/settings.ts';
import { listSources } from '../system/sources.ts';
import { absences, plans, tombstones } from '../system/tables.ts';
import { requireSweepPlan } from './held-plan.ts';
import type { Observation, ObservedRow } from './observation.ts';
import { type SweepResult, sweep } from './sweep.ts';
import { isTooMuch, type PolicySettings, sweepSetting } from './sweep-policy.ts';
import {
  actor,
  collectorOf,
  failure,
  guest,
  ofNode,
  openSystem,
  type System,
  scopesOf,
} from './test-sync.ts';

const many = (from: number, to: number, more: ObservedRow = {}): ObservedRow[] =>
  Array.from({ length: to - from }, (_, index) => guest(from + index, more));

/** Twenty guests on node a, as stored. */
const twenty = async (policy: PolicySettings = {}): Promise<System> => {
  const system = await openSystem();
  await setSetting(system.store, sweepSetting, policy, actor);
  await system.guests(many(0, 20, { note: 'n', heat: 1 }));
  return system;
};
const absent = async (system: System): Promise<unknown[]> =>
  (await system.stored()).filter(({ absentSince }) => absentSince !== null).map(({ id }) => id);
const states = async (system: System): Promise<unknown[]> =>
  (await system.stored(plans)).map(({ state }) => state);
const heldOf = ({ sources }: SweepResult) => sources[0]!.scopes[0]!.heldBack;

async function accept(system: System, id: string, answers: Observation[]): Promise<SweepResult> {
  const { store } = system;
  const { plan } = await requirePlan(store, id);
  const consent = await consentToPlan(store, id, plan.hash, { by: 'operator', via: 'cli' });
  return sweep(store, await listSources(store), [collectorOf(answers)], {
    accept: {
      id,
      plan: requireSweepPlan(plan),
      consent,
      actor,
      intents: join(dirname(system.path), `intents-${id}`),
    },
  });
}

test('too much is more than a share, and more than a few', () => {
  expect(isTooMuch(10, 30, 30, 10)).toBe(true);
  expect(isTooMuch(9, 9, 30, 10)).toBe(false);
  expect(isTooMuch(30, 100, 30, 10)).toBe(false);
  expect(isTooMuch(100, 100, 100, 1)).toBe(false);
});

describe('records that would be gone', () => {
  test('stay, while what is new and what moved is stored', async () => {
    const system = await twenty();
    const result = await system.sweep([
      ofNode('a', [...many(0, 8, { heat: 2 }), guest(3, { note: 'x' }), guest(99)].toSpliced(3, 1)),
    ]);
    const scope = result.sources[0]!.scopes[0]!;
    expect(scope).toMatchObject({
      complete: false,
      created: 1,
      changed: 1,
      deleted: 0,
      error: { code: 'SWEEP_HELD', message: expect.stringContaining('12 of 20 records') },
      heldBack: {
        deleted: 12,
        changed: 0,
        effects: [{ table: 'guests', change: 'deleted', count: 12, ids: expect.arrayContaining(['lab/8']) }],
      },
    });
    expect(result.complete).toBe(false);
    expect(await absent(system)).toEqual([]);
    expect((await system.stored()).filter(({ heat }) => heat === 2)).toHaveLength(7);
    const { plan: id } = scope.heldBack!;
    expect(scope.error!.hint).toBe(`holdfast sync --accept ${id}`);
    const { plan, state } = await requirePlan(system.store, id);
    expect(state).toBe('open');
    expect(plan).toMatchObject({
      kind: 'sweep',
      title: 'Sweep of lab: 12 records absent',
      steps: [{ id: 'node/a', effects: { guests: { absent: 12 } } }],
      hazards: [{ code: 'MANY_ABSENT', severity: 'danger' }],
      subject: { source: 'lab' },
    });
    expect(await scopesOf(system.store, result.run.id)).toMatchObject([
      { complete: false, errorCode: 'SWEEP_HELD', errorMessage: expect.stringContaining(id) },
    ]);
  });

  test('are gone unasked while they are few, or a small share', async () => {
    const system = await twenty();
    expect(await system.guests(many(9, 20))).toMatchObject({ complete: true, deleted: 9 });
    await system.guests(many(0, 100));
    expect(await system.guests(many(30, 100))).toMatchObject({ complete: true, deleted: 30 });
  });

  test('are gone unasked where the policy says so', async () => {
    const system = await twenty({ deletedPercent: 100 });
    expect(await system.guests([])).toMatchObject({ complete: true, deleted: 20 });
  });

  test('are counted once they are confirmed, and not before', async () => {
    const system = await twenty({ confirmSweeps: 2 });
    expect(await system.guests([])).toMatchObject({ complete: true, unconfirmed: 20 });
    for (let again = 0; again < 2; again++)
      expect(await system.guests([])).toMatchObject({ deleted: 0, heldBack: { deleted: 20 } });
    expect((await system.stored(absences)).map(({ timesMissed }) => timesMissed)).toEqual(
      new Array(20).fill(3),
    );
    const [{ id }] = (await system.stored(plans)) as [{ id: string }];
    expect(await accept(system, id, [ofNode('a', [])])).toMatchObject({ complete: true });
    expect(await system.stored(absences)).toEqual([]);
  });

  test('of a scope that did not answer in full are not even asked about', async () => {
    const system = await twenty();
    expect(await system.guests([], { error: failure })).not.toHaveProperty('heldBack');
    expect(await states(system)).toEqual([]);
  });
});

describe('records that would change', () => {
  const policy = { changedRecords: 10 };

  test('stay as they are, with their new gauges, and nothing goes', async () => {
    const system = await twenty(policy);
    const scope = await system.guests(many(0, 19, { name: 'garbage', heat: 5 }));
    expect(scope).toMatchObject({
      created: 0,
      changed: 0,
      deleted: 0,
      gauges: 19,
      heldBack: { deleted: 1, changed: 19 },
    });
    const stored = await system.stored();
    expect(stored.map(({ name }) => name)).not.toContain('garbage');
    expect(stored.filter(({ heat }) => heat === 5)).toHaveLength(19);
    expect(await absent(system)).toEqual([]);
  });

  test('by a value where there was none, or only in what may swing, change unasked', async () => {
    const system = await twenty(policy);
    expect(await system.guests(many(0, 20, { config: { a: 1 } }))).toMatchObject({
      changed: 20,
      complete: true,
    });
    const swinging = (name: string): Observation => ({
      scope: 'node/a',
      batches: [{ ...ofNode('a', many(0, 20, { name })).batches[0]!, swings: ['name'] }],
    });
    expect(await system.sweep([swinging('x')])).toMatchObject({ complete: true, sources: [{ changed: 20 }] });
    const [batch] = swinging('y').batches;
    const more = batch!.rows.map((row) => ({ ...row, note: 'other' }));
    expect(
      heldOf(await system.sweep([{ scope: 'node/a', batches: [{ ...batch!, rows: more }] }])),
    ).toMatchObject({
      changed: 20,
    });
  });

  test('because they are back are back unasked', async () => {
    const system = await twenty({ ...policy, deletedPercent: 100 });
    await system.guests([]);
    expect(await system.guests(many(0, 20, { note: 'other' }))).toMatchObject({
      changed: 20,
      complete: true,
    });
  });
});

describe('consent', () => {
  const fewer = [ofNode('a', many(0, 5))];

  test('to exactly what would be done does it, and the run is complete', async () => {
    const system = await twenty();
    const { plan: id } = heldOf(await system.sweep(fewer))!;
    const result = await accept(system, id, fewer);
    expect(result).toMatchObject({
      complete: true,
      sources: [
        { deleted: 15, accepted: { plan: id, applied: true }, scopes: [{ complete: true, deleted: 15 }] },
      ],
    });
    expect(result.sources[0]!.scopes[0]).not.toHaveProperty('heldBack');
    expect(await absent(system)).toEqual(Array.from({ length: 15 }, (_, index) => index + 5));
    expect(await states(system)).toEqual(['applied']);
    expect(await scopesOf(system.store, result.run.id)).toMatchObject([
      { complete: true, errorCode: null, deleted: 15 },
    ]);
    const stones = await system.stored(tombstones);
    expect(new Set(stones.map(({ runId }) => runId))).toEqual(new Set([result.run.id]));
    expect(await system.sweep(fewer)).toMatchObject({ complete: true });
  });

  test('holds although other records have come in and moved meanwhile', async () => {
    const system = await twenty();
    const { plan: id } = heldOf(await system.sweep(fewer))!;
    const grown = [ofNode('a', [...many(0, 5, { heat: 9, note: 'other' }), ...many(50, 60)])];
    expect(await accept(system, id, grown)).toMatchObject({
      complete: true,
      sources: [{ created: 10, changed: 5, deleted: 15, accepted: { applied: true } }],
    });
  });

  test('to changes writes them', async () => {
    const system = await twenty({ changedRecords: 10 });
    const answers = [ofNode('a', many(0, 20, { name: 'new' }))];
    const { plan: id } = heldOf(await system.sweep(answers))!;
    expect(await accept(system, id, answers)).toMatchObject({ complete: true, sources: [{ changed: 20 }] });
    expect(new Set((await system.stored()).map(({ name }) => name))).toEqual(new Set(['new']));
  });

  test.each<[string, Observation[]]>([
    ['one record more', [ofNode('a', many(0, 4))]],
    ['one record less', [ofNode('a', many(0, 6))]],
    ['as many others', [ofNode('a', many(1, 6))]],
  ])('to what has become %s does nothing, and a new plan takes its place', async (_, answers) => {
    const system = await twenty();
    const { plan: id } = heldOf(await system.sweep(fewer))!;
    const result = await accept(system, id, answers);
    expect(result.sources[0]!.accepted).toEqual({ plan: id, applied: false, reason: 'changed' });
    const now = heldOf(result)!;
    expect(now.plan).not.toBe(id);
    expect(await absent(system)).toEqual([]);
    expect((await requirePlan(system.store, id)).state).toBe('discarded');
    expect(await accept(system, now.plan, answers)).toMatchObject({ complete: true });
  });

  test('to changes whose values are others by now does nothing', async () => {
    const system = await twenty({ changedRecords: 10 });
    const { plan: id } = heldOf(await system.sweep([ofNode('a', many(0, 20, { name: 'new' }))]))!;
    const result = await accept(system, id, [ofNode('a', many(0, 20, { name: 'newer' }))]);
    expect(result.sources[0]!.accepted).toMatchObject({ applied: false });
    expect((await system.stored())[0]).toMatchObject({ name: 'g0' });
  });

  test('to what is no longer there to do voids the plan', async () => {
    const system = await twenty();
    const { plan: id } = heldOf(await system.sweep(fewer))!;
    const result = await accept(system, id, [ofNode('a', many(0, 20))]);
    expect(result).toMatchObject({
      complete: true,
      sources: [{ accepted: { applied: false, reason: 'nothing is held back any more' } }],
    });
    expect(await states(system)).toEqual(['discarded']);
  });

  test('covers all scopes of the source together, in whatever order they come', async () => {
    const system = await openSystem();
    const on = (node: string, from: number): Observation => ofNode(node, many(from, from + 12, { node }));
    await system.sweep([on('a', 0), on('b', 100)]);
    const empty = (node: string): Observation => ofNode(node, []);
    const result = await system.sweep([empty('a'), empty('b')]);
    const ids = new Set(result.sources[0]!.scopes.map(({ heldBack }) => heldBack!.plan));
    expect(ids.size).toBe(1);
    const [id] = ids as unknown as [string];
    expect(await accept(system, id, [empty('b'), empty('a')])).toMatchObject({ complete: true });
    expect(await absent(system)).toHaveLength(24);
  });
});

test('a sweep that holds back the same again keeps the plan there is', async () => {
  const system = await twenty();
  const first = heldOf(await system.sweep([ofNode('a', [])]))!;
  const second = heldOf(await system.sweep([ofNode('a', [])]))!;
  expect(second.plan).toBe(first.plan);
  expect(await states(system)).toEqual(['open']);
});
