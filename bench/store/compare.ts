// One store case for several sides: open each on its copy of a database, time them in turn, answer with lines.

import type { Settings } from '../harness/area.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import type { Contender } from './contender.ts';
import type { BenchEngine, Targets } from './engine.ts';

export interface Comparison {
  readonly case: string;
  /** Things done in one round, for the rate. */
  readonly count: number;
  readonly unit: string;
  readonly run: (side: Contender) => Promise<void> | void;
  readonly targets: Targets;
  /** A side's way that only some sides have; it is extra information. */
  readonly prepared?: (side: Contender) => Promise<void> | void;
}

interface OpenSide {
  readonly url: string;
  readonly side: Contender;
}

/** Sides that stay open over all rounds, on copies of one database; closed by `Symbol.asyncDispose`. */
export async function openSides(
  engine: BenchEngine,
  template: string,
): Promise<{ sides: OpenSide[] } & AsyncDisposable> {
  const sides: OpenSide[] = [];
  for (const [index, open] of engine.openers.entries()) {
    const url = await engine.copy(template, `side-${index}`);
    sides.push({ url, side: await open(url) });
  }
  return {
    sides,
    async [Symbol.asyncDispose]() {
      for (const { side, url } of sides) {
        await side.close();
        await engine.remove(url);
      }
    },
  };
}

/**
 * Sides that are opened anew, on a fresh copy, before each round.
 * @param warmUp untimed work after opening, so that no side is timed while its code is still being compiled
 */
export async function compareFresh(
  engine: BenchEngine,
  template: string,
  comparison: Comparison,
  warmUp: Comparison['run'],
  settings: Settings,
): Promise<Line[]> {
  const names: string[] = [];
  const sides = engine.openers.map((open, index) => {
    let url = '';
    let side: Contender;
    return {
      async before() {
        url = await engine.copy(template, `fresh-${index}`);
        side = await open(url);
        names[index] = side.name;
        await warmUp(side);
      },
      run: async () => void (await comparison.run(side)),
      async after() {
        await side.close();
        await engine.remove(url);
      },
    };
  });
  return linesOf(engine, comparison, names, await interleave(sides, settings.runs, 1));
}

export async function compareOpen(
  engine: BenchEngine,
  sides: readonly Contender[],
  comparison: Comparison,
  settings: Settings,
): Promise<Line[]> {
  const prepared = sides.filter(({ getEachPrepared }) => comparison.prepared && getEachPrepared);
  const runs = [
    ...sides.map((side) => ({ run: async () => void (await comparison.run(side)) })),
    ...prepared.map((side) => ({ run: async () => void (await comparison.prepared!(side)) })),
  ];
  const names = [
    ...sides.map(({ name }) => name),
    ...prepared.map(({ name }) => `${name}, prepared by hand`),
  ];
  return linesOf(engine, comparison, names, await interleave(runs, settings.runs));
}

function linesOf(
  engine: BenchEngine,
  comparison: Comparison,
  names: readonly string[],
  [ours, ...others]: readonly number[],
): Line[] {
  const { count, unit, targets } = comparison;
  const rate = (millis: number): number => (count / millis) * 1000;
  return others.map((millis, index) => {
    const target =
      index === 0 ? targets.handWritten : index < engine.openers.length - 1 ? targets.peer : undefined;
    return makeLine('store', engine.name, {
      case: comparison.case,
      against: names[index + 1]!,
      ours: rate(ours!),
      reference: rate(millis),
      unit,
      ...(target === undefined ? {} : { target }),
    });
  });
}
