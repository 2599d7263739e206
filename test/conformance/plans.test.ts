// Plans: only what was shown is done, only under consent, at most once, proven, and taken back where it fails.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError, type Store } from '@holdfast/core';
import {
  type AnyPlanKind,
  type ApplyOptions,
  applyPlan,
  consentToPlan,
  discardPlan,
  expirePlans,
  type Gate,
  giveConsent,
  listPlans,
  makePlan,
  type Plan,
  type Recovery,
  recoverIntents,
  requirePlan,
  storePlan,
} from '@holdfast/core/plan';
import { leases, listAudit, plans } from '@holdfast/core/system';
import { describe, expect, test } from 'vitest';
import { engines, scratchFolder } from '../engines.ts';
import {
  doubling,
  doublingOf,
  type Files,
  filesIn,
  type Hooks,
  writing,
  writingOf,
} from './fixtures/plan-kinds.ts';
import { counters, shared } from './fixtures/tables.ts';
import { refusal } from './refusal.ts';

const actor = { name: 'ann', via: 'cli' };
const hour = 3_600_000_000;

describe.each(engines)('$name', (engine) => {
  interface Bench {
    readonly store: Store;
    readonly intents: string;
    readonly plan: Plan;
    readonly files: Files;
    apply(kind: AnyPlanKind, options?: Partial<ApplyOptions>): ReturnType<typeof applyPlan>;
    values(): Promise<number[]>;
    /** No intent, no lease, nothing half done. */
    expectQuiet(): Promise<void>;
  }

  /** Three counters, a plan to double them, and a folder to write to. */
  async function bench(url?: string): Promise<Bench> {
    const store = (await engine.open({
      domains: [shared],
      ...(url === undefined ? {} : { url }),
    })) as unknown as Store;
    const rows = [1, 2, 3].map((id) => ({ id, value: id * 10 }));
    await store.repository(counters).insertMany(rows);
    const folder = scratchFolder();
    const intents = join(folder, 'intents');
    const plan = makePlan(doublingOf(rows)) as Plan;
    return {
      ...{ store, intents, plan },
      files: { folder: join(folder, 'out'), names: ['a', 'b', 'c'], goOn: false },
      apply: (kind, options = {}) => {
        const given = (options.plan ?? plan) as Plan;
        const consent = giveConsent(given, { by: 'ann', via: 'cli' });
        return applyPlan({ store, kind, plan: given, consent, actor, intents, ...options });
      },
      values: async () => (await store.repository(counters).list()).items.map(({ value }) => value),
      expectQuiet: async () => {
        expect(existsSync(intents) ? readdirSync(intents) : []).toEqual([]);
        expect(await store.repository(leases).count()).toBe(0);
        expect(await store.repository(plans).count({ state: 'applying' })).toBe(0);
      },
    };
  }
  const doubled = [20, 40, 60];
  const before = [10, 20, 30];

  test('applied, it did what it counted, and its record and the audit log say so', async () => {
    const { store, apply, values, plan, expectQuiet } = await bench();
    const steps: string[] = [];
    const result = await apply(doubling(), {
      onStep: (step, done, of) => steps.push(`${step} ${done}/${of}`),
    });
    expect(result).toMatchObject({ hash: plan.hash, dryRun: false, effects: { counters: { update: 3 } } });
    expect(steps).toEqual(['1 1/3', '2 2/3', '3 3/3']);
    expect(await values()).toEqual(doubled);
    const { state, record, consent } = await requirePlan(store, result.id!);
    expect(state).toBe('applied');
    expect(record.result).toMatchObject({ effects: { counters: { update: 3 } } });
    expect(consent).toMatchObject({ by: 'ann', via: 'cli', hash: plan.hash });
    expect((await listAudit(store)).items).toMatchObject([
      { actor: 'ann', action: 'apply', entity: 'plan', entityId: result.id, details: { hash: plan.hash } },
    ]);
    await expectQuiet();
  });

  test('a dry run counts what the real run does, needs no consent, and leaves nothing', async () => {
    const { store, apply, values, files, expectQuiet } = await bench();
    const dry = await apply(doubling(), { dryRun: true, consent: undefined });
    expect(dry).toMatchObject({ id: null, dryRun: true });
    expect(await values()).toEqual(before);
    const plan = makePlan(writingOf(files)) as Plan;
    const dryFiles = await apply(writing(), { plan, dryRun: true, consent: undefined });
    expect(filesIn(files)).toEqual([]);
    await expectQuiet();
    expect(await store.repository(plans).count()).toBe(0);
    expect((await apply(writing(), { plan })).effects).toEqual(dryFiles.effects);
    expect((await apply(doubling())).effects).toEqual(dry.effects);
  });

  test('what would do something else by now is refused, also when that happens at the last moment', async () => {
    const { store, apply, values, plan, expectQuiet } = await bench();
    await store.repository(counters).update({ id: 2 }, { value: 21 });
    const error = await refusal(apply(doubling()));
    expect(error).toMatchObject({ code: 'PLAN_STALE', exit: 3, details: { hash: plan.hash } });
    await store.repository(counters).update({ id: 2 }, { value: 20 });
    const gate: Gate = {
      name: 'late',
      async check() {
        await store.repository(counters).update({ id: 2 }, { value: 22 });
        return { ok: true };
      },
    };
    expect((await refusal(apply(doubling({ gates: [gate] })))).code).toBe('PLAN_STALE');
    expect(await values()).toEqual([10, 22, 30]);
    await expectQuiet();
  });

  test('gates, consent and age refuse before anything is written', async () => {
    const { store, apply, values, plan } = await bench();
    const shut: Gate = { name: 'shut', check: () => ({ ok: false, reason: 'not today', fix: 'wait' }) };
    const other = giveConsent({ hash: 'f'.repeat(64) }, { by: 'ann', via: 'cli' });
    const old = giveConsent(plan, { by: 'ann', via: 'cli', at: plan.createdAt - hour });
    for (const [options, hooks, code] of [
      [{}, { gates: [shut] }, 'PLAN_REFUSED'],
      [{ consent: undefined }, {}, 'CONSENT_MISSING'],
      [{ consent: other }, {}, 'CONSENT_MISMATCH'],
      [{ consent: old }, {}, 'CONSENT_EXPIRED'],
      [{ clock: () => plan.expiresAt }, {}, 'PLAN_EXPIRED'],
    ] as [Partial<ApplyOptions>, Hooks, string][])
      expect(await refusal(apply(doubling(hooks), options)), code).toMatchObject({ code, exit: 3 });
    expect(await refusal(apply(doubling({ gates: [shut] }), { dryRun: true }))).toMatchObject({
      code: 'PLAN_REFUSED',
      hint: 'wait',
    });
    expect(await values()).toEqual(before);
    expect(await store.repository(plans).count()).toBe(0);
  });

  test('a step that fails takes all others back, and the plan is settled', async () => {
    const { store, apply, values, expectQuiet } = await bench();
    const inStep = (step: string): void => {
      if (step === '3') throw new HoldfastError('DISK_FULL', 'no room');
    };
    expect((await refusal(apply(doubling({ inStep })))).code).toBe('DISK_FULL');
    expect(await values()).toEqual(before);
    const { items } = await listPlans(store);
    expect(items).toMatchObject([{ state: 'failed', error: { code: 'DISK_FULL' } }]);
    expect((await listAudit(store)).items).toMatchObject([
      { action: 'apply-failed', entityId: items[0]!.id },
    ]);
    await expectQuiet();
  });

  test.each([
    [{ counted: { counters: { update: 2 } } }, '1: counters: update 1 planned, 2 done'],
    [{ proof: ['counter 3 is 61'] }, 'counter 3 is 61'],
  ] as [Hooks, string][])('an outcome that is not the plan is taken back: %j', async (hooks, what) => {
    const { store, apply, values, expectQuiet } = await bench();
    const error = await refusal(apply(doubling(hooks)));
    expect(error).toMatchObject({ code: 'PROOF_FAILED', exit: 5 });
    expect(error.message).toContain(what);
    expect(error.message).toContain('all of it was taken back');
    expect(await values()).toEqual(before);
    expect((await listPlans(store)).items).toMatchObject([
      { state: 'failed', error: { code: 'PROOF_FAILED' } },
    ]);
    await expectQuiet();
    // A dry run proves too.
    expect((await refusal(apply(doubling(hooks), { dryRun: true }))).code).toBe('PROOF_FAILED');
  });

  test('cancelled between steps, it is as before', async () => {
    const { apply, values, expectQuiet } = await bench();
    const controller = new AbortController();
    const inStep = (step: string): void => {
      if (step === '2') controller.abort(new HoldfastError('CANCELLED', 'stopped'));
    };
    const { signal } = controller;
    expect((await refusal(apply(doubling({ inStep }), { signal }))).code).toBe('CANCELLED');
    expect(await values()).toEqual(before);
    await expectQuiet();
  });

  test('a stored plan is consented to by its hash, then applied exactly once', async () => {
    const { store, apply, values, plan } = await bench();
    const id = await storePlan(store, plan, { requestedBy: 'sweep' });
    expect(await requirePlan(store, id)).toMatchObject({ id, plan, state: 'open', consent: undefined });
    expect((await refusal(apply(doubling(), { id, consent: undefined }))).code).toBe('CONSENT_MISSING');
    const given = { by: 'bob', via: 'api' };
    expect((await refusal(consentToPlan(store, id, 'f'.repeat(64), given))).code).toBe('CONSENT_MISMATCH');
    await consentToPlan(store, id, plan.hash, given);
    const stored = await requirePlan(store, id);
    const result = await apply(doubling(), { id, plan: stored.plan, consent: undefined });
    expect(result.id).toBe(id);
    expect((await requirePlan(store, id)).consent?.by).toBe('bob');
    expect(await values()).toEqual(doubled);
    for (const again of [
      () => apply(doubling(), { id }),
      () => consentToPlan(store, id, plan.hash, given),
      () => discardPlan(store, id),
    ])
      expect((await refusal(again())).code).toBe('PLAN_SETTLED');
    expect(await values()).toEqual(doubled);
  });

  test('of many that apply it at once, one does', async () => {
    const url = await engine.url(30_000);
    const { store, plan, intents, values, expectQuiet } = await bench(url);
    const others = await Promise.all([1, 2, 3].map(() => engine.open({ url, domains: [shared] })));
    const id = await storePlan(store, plan);
    await consentToPlan(store, id, plan.hash, { by: 'bob', via: 'api' });
    let done = 0;
    const applied = await Promise.allSettled(
      [store, ...(others as unknown as Store[])].map((each) =>
        applyPlan({
          ...{ store: each, plan, id, actor, intents },
          kind: doubling({ proof: [], inStep: (step) => void (step === '3' && done++) }) as AnyPlanKind,
        }),
      ),
    );
    expect(applied.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of applied)
      if (each.status === 'rejected')
        expect(['LEASE_HELD', 'PLAN_SETTLED', 'PLAN_STALE']).toContain(each.reason.code);
    expect(done).toBeGreaterThan(0);
    expect(await values()).toEqual(doubled);
    await expectQuiet();
  });

  test('what was stored is what is applied: altered, discarded, expired or unknown plans are refused', async () => {
    const { store, apply, plan } = await bench();
    const [altered, discarded, expired] = await Promise.all([1, 2, 3].map(() => storePlan(store, plan)));
    await store.repository(plans).update({ id: altered! }, { plan: { ...plan, subject: { rows: [] } } });
    await discardPlan(store, discarded!);
    expect(await expirePlans(store, plan.expiresAt - 1)).toBe(0);
    expect(await expirePlans(store, plan.expiresAt)).toBe(2);
    expect((await refusal(requirePlan(store, altered!))).code).toBe('PLAN_ALTERED');
    for (const id of [discarded!, expired!])
      expect((await refusal(apply(doubling(), { id }))).code).toBe('PLAN_SETTLED');
    for (const id of ['nonsense', crypto.randomUUID()])
      expect(await refusal(apply(doubling(), { id }))).toMatchObject({ code: 'PLAN_NOT_FOUND', exit: 4 });
    expect((await listPlans(store, { kind: 'double', state: 'discarded' })).items).toHaveLength(1);
  });

  test('steps one by one: done in full, or brought to an end by their kind when one fails', async () => {
    const { store, apply, files, expectQuiet } = await bench();
    const failing: Hooks = {
      inStep: (step) => {
        if (step === 'b') throw new HoldfastError('SOURCE_RESET', 'hung up');
      },
    };
    const taken = makePlan(writingOf(files)) as Plan;
    expect((await refusal(apply(writing(failing), { plan: taken }))).code).toBe('SOURCE_RESET');
    expect(filesIn(files)).toEqual([]);
    const going = makePlan(writingOf({ ...files, goOn: true })) as Plan;
    await apply(writing(failing), { plan: going });
    expect(filesIn(files)).toEqual(['a', 'b', 'c']);
    const states = (await listPlans(store)).items.map(({ state }) => state);
    expect(states.sort()).toEqual(['applied', 'failed']);
    await expectQuiet();
  });

  test('steps that can neither go on nor go back stay on record, stop others, and are taken up at the next start', async () => {
    const { store, apply, files, intents, expectQuiet, values } = await bench();
    const plan = makePlan(writingOf(files)) as Plan;
    const stuck: Hooks = {
      inStep: (step) => {
        if (step === 'b') throw new HoldfastError('SOURCE_RESET', 'hung up');
      },
      inRecover: () => {
        throw new HoldfastError('SOURCE_UNREACHABLE', 'no answer');
      },
    };
    const error = await refusal(apply(writing(stuck), { plan }));
    expect(error).toMatchObject({ code: 'INTENT_UNFINISHED', exit: 3 });
    expect(error.message).toContain('hung up; and it could not be brought to an end: no answer');
    expect((await refusal(apply(doubling()))).code).toBe('INTENT_UNFINISHED');
    expect(await values()).toEqual(before);
    const recover = (kinds: AnyPlanKind[]) => recoverIntents({ store, intents, kinds });
    const told = { kind: 'write', title: 'Write 3 files' };
    expect((await recover([])).plans).toMatchObject([{ ...told, outcome: 'unknown' }]);
    expect((await recover([writing(stuck)])).plans).toMatchObject([
      { ...told, outcome: 'unknown', what: expect.stringContaining('no answer') },
    ]);
    expect((await recover([writing()])).plans).toMatchObject([{ ...told, outcome: 'before' }]);
    expect(filesIn(files)).toEqual([]);
    expect(await recover([writing()])).toEqual({ plans: [], setAside: [] });
    expect((await listPlans(store)).items).toMatchObject([
      { state: 'failed', error: { code: 'PLAN_INTERRUPTED' } },
    ]);
    await expectQuiet();
    await apply(doubling());
  });

  test('one that another process is at is left alone', async () => {
    const { store, apply, intents } = await bench();
    const looks: Recovery[] = [];
    const during: Hooks = {
      inStep: async (step) => {
        if (step !== '2') return;
        looks.push(await recoverIntents({ store, intents, kinds: [doubling()] }));
      },
    };
    expect((await apply(doubling(during))).effects).toEqual({ counters: { update: 3 } });
    expect(looks[0]!.plans).toMatchObject([
      { outcome: 'running', what: expect.stringContaining('holds the lease') },
    ]);
  });

  test('a file that cannot be trusted is named and kept, and stops nothing but the first that meets it', async () => {
    const { store, apply, intents } = await bench();
    await apply(doubling(), { dryRun: true });
    mkdirSync(intents);
    writeFileSync(join(intents, 'x.intent'), 'torn');
    expect(await refusal(apply(doubling()))).toMatchObject({ code: 'INTENT_CORRUPT', exit: 5 });
    writeFileSync(join(intents, 'y.intent'), 'torn too');
    const { plans: told, setAside } = await recoverIntents({ store, intents, kinds: [] });
    expect(told).toEqual([]);
    expect(setAside.map(({ path }) => path)).toEqual([join(intents, 'y.intent.corrupt-1')]);
    expect(readdirSync(intents).sort()).toEqual(['x.intent.corrupt-1', 'y.intent.corrupt-1']);
  });

  test('where no intent can be written, nothing is done', async () => {
    const { apply, values, store } = await bench();
    const blocked = join(scratchFolder(), 'file');
    writeFileSync(blocked, '');
    expect((await refusal(apply(doubling(), { intents: blocked }))).code).toBe('SETTING_INVALID');
    expect(await values()).toEqual(before);
    expect(await store.repository(leases).count()).toBe(0);
  });
});
