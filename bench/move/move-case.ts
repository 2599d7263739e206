// A database moves to another engine while a program writes to it: how long it takes, and how long the program waits.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { locationOf, moveDraft, moveKind } from '@holdfast/core/move';
import { applyPlan, giveConsent, makePlan } from '@holdfast/core/plan';
import { keyFile, openRows } from '../archive/open-rows.ts';
import { fillRows, rows } from '../archive/rows.ts';
import type { Case, Settings } from '../harness/area.ts';
import type { BenchEngine } from '../harness/engines.ts';
import { median } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { scratchPath } from '../harness/scratch.ts';

interface Moved {
  /** Milliseconds from the plan to the proof. */
  readonly took: number;
  /** As the move tells it. */
  readonly frozen: number;
  /** Longest time for one write that was done, in milliseconds. */
  readonly longest: number;
  readonly writes: number;
}

export function moveCase(from: BenchEngine, to: BenchEngine): Case {
  return { name: `${from.name} to ${to.name}`, run: (settings) => run(from, to, settings) };
}

async function run(from: BenchEngine, to: BenchEngine, { runs, size }: Settings): Promise<Line[]> {
  const count = size ?? 200_000;
  const moves: Moved[] = [];
  for (let round = 0; round < runs; round++) moves.push(await move(from, to, count));
  const of = (figure: keyof Moved): number => median(moves.map((each) => each[figure]));
  const title = `to ${to.name}, ${count} rows, ${of('writes')} writes meanwhile`;
  const limit = { reference: 2_000, against: 'two seconds', unit: 'ms', lessIsBetter: true, target: 1 };
  return [
    makeLine('move', from.name, { case: `${title}: writers wait`, ours: of('frozen'), ...limit }),
    makeLine('move', from.name, {
      case: `${title}: longest write that was done`,
      ours: of('longest'),
      ...limit,
    }),
    makeLine('move', from.name, {
      ...{ case: `${title}: writable`, against: 'of the time that it takes', unit: '%', target: 1 },
      ...{ ours: 100 * (1 - of('frozen') / of('took')), reference: 95 },
    }),
  ];
}

async function move(from: BenchEngine, to: BenchEngine, count: number): Promise<Moved> {
  const [url, target] = [await from.make('move-from'), await to.make('move-to')];
  const store = await openRows(url);
  await fillRows(store, count, false);
  const writer = fork(fileURLToPath(new URL('./writer.ts', import.meta.url)), [url, String(count)]);
  await once(writer, 'message');
  const told = once(writer, 'message');
  const kind = moveKind({
    ...{ url: target, keyFile: keyFile(), by: { name: 'bench', via: 'app' } },
    ...{ depart: async () => {}, settle: async () => {}, stay: async () => {} },
  });
  const begun = performance.now();
  const plan = makePlan(await moveDraft(store, { to: await locationOf(target) }));
  await applyPlan({
    ...{ store, kind, plan, actor: { name: 'bench', via: 'app' }, intents: scratchPath('intents') },
    consent: giveConsent(plan, { by: 'bench', via: 'app' }),
  });
  const took = performance.now() - begun;
  const [{ writes, longest }] = await told;
  const moved = kind.report.tables.find(({ table }) => table === rows.name);
  if (moved?.rows !== count || writes === 0) throw new Error('it is not what has moved');
  await kind.close();
  await kind.successor?.()?.close();
  await store.close();
  for (const [engine, each] of [
    [from, url],
    [to, target],
  ] as const)
    await engine.remove(each);
  return { took, frozen: kind.report.freezeMs!, longest, writes };
}
