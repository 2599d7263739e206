// One store case for several sides: open each on its copy of a database, time them in turn, answer with lines.

import type { Settings } from '../harness/area.ts';
import { interleave } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { copyDatabase, removeDatabase } from '../harness/scratch.ts';
import type { Contender, Open } from './contender.ts';
import { openHandWritten } from './hand-written.ts';
import { openOurs } from './ours.ts';
import { openDrizzle } from './peer-drizzle.ts';
import { openKysely } from './peer-kysely.ts';
import { openMikroOrm } from './peer-mikro-orm.ts';

export interface Comparison {
  readonly case: string;
  /** Things done in one round, for the rate. */
  readonly count: number;
  readonly unit: string;
  readonly run: (side: Contender) => Promise<void> | void;
  /** Least ratio against hand-written code, and against each peer. */
  readonly targets: { readonly handWritten?: number; readonly peer?: number };
  /** A side's way that only some sides have; it is extra information. */
  readonly prepared?: (side: Contender) => Promise<void> | void;
}

interface OpenSide {
  readonly path: string;
  readonly side: Contender;
}

const openers: readonly Open[] = [openOurs, openHandWritten, openKysely, openDrizzle, openMikroOrm];

/** Sides that stay open over all rounds, on copies of one database; closed by `Symbol.asyncDispose`. */
export async function openSides(template: string): Promise<{ sides: OpenSide[] } & AsyncDisposable> {
  const sides: OpenSide[] = [];
  for (const [index, open] of openers.entries()) {
    const path = copyDatabase(template, `side-${index}.db`);
    sides.push({ path, side: await open(path) });
  }
  return {
    sides,
    async [Symbol.asyncDispose]() {
      for (const { side, path } of sides) {
        await side.close();
        removeDatabase(path);
      }
    },
  };
}

/**
 * Sides that are opened anew, on a fresh copy, before each round.
 * @param warmUp untimed work after opening, so that no side is timed while its code is still being compiled
 */
export async function compareFresh(
  template: string,
  comparison: Comparison,
  warmUp: Comparison['run'],
  settings: Settings,
): Promise<Line[]> {
  const names: string[] = [];
  const sides = openers.map((open, index) => {
    let path = '';
    let side: Contender;
    return {
      async before() {
        path = copyDatabase(template, `fresh-${index}.db`);
        side = await open(path);
        names[index] = side.name;
        await warmUp(side);
      },
      run: async () => void (await comparison.run(side)),
      async after() {
        await side.close();
        removeDatabase(path);
      },
    };
  });
  return linesOf(comparison, names, await interleave(sides, settings.runs, 1));
}

export async function compareOpen(
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
  return linesOf(comparison, names, await interleave(runs, settings.runs));
}

function linesOf(
  comparison: Comparison,
  names: readonly string[],
  [ours, ...others]: readonly number[],
): Line[] {
  const { count, unit, targets } = comparison;
  const rate = (millis: number): number => (count / millis) * 1000;
  return others.map((millis, index) => {
    const target = index === 0 ? targets.handWritten : index < openers.length - 1 ? targets.peer : undefined;
    return makeLine('store', 'sqlite', {
      case: comparison.case,
      against: names[index + 1]!,
      ours: rate(ours!),
      reference: rate(millis),
      unit,
      ...(target === undefined ? {} : { target }),
    });
  });
}
