// Starting and resting: until a server says that it is ready, and the memory it holds while nobody asks it anything.

import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../harness/area.ts';
import { median } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { scratchPath } from '../harness/scratch.ts';
import { builtHoldfast } from './built.ts';
import { serve, siteOf } from './served.ts';

const sources = fileURLToPath(new URL('../../packages/server/bin/holdfast.js', import.meta.url));
/** By then what a start has begun is over. */
const idleMs = 5_000;

export async function starts(size: number, { runs }: Settings): Promise<Line[]> {
  const { data, resources } = await siteOf(size);
  const lines: Line[] = [];
  for (const [what, bin] of [
    ['packages', builtHoldfast()],
    ['sources', sources],
  ] as const) {
    const cache = scratchPath(`cache-${what}`);
    const ready: number[] = [];
    const resident: number[] = [];
    // The first compiles everything, and counts for itself.
    for (let round = 0; round <= runs; round++) {
      const server = await serve(bin, data, cache);
      ready.push(server.readyAfter);
      if (round > 0) {
        await wait(idleMs);
        resident.push(server.resident());
      }
      await server.stop();
    }
    const [first, ...others] = ready;
    const line = (name: string, against: string, ours: number, reference: number, unit: string): Line =>
      makeLine('server', 'sqlite', {
        ...{ case: `${name}, ${resources} resources, ${what}`, against, ours, reference, unit },
        ...{ lessIsBetter: true, target: 1 },
      });
    lines.push(
      line('ready, nothing compiled yet', '1.5 s', first!, 1_500, 'ms'),
      line('ready', '1.5 s', median(others), 1_500, 'ms'),
      line('resident at rest', '150 MB', median(resident), 150, 'MB'),
    );
  }
  return lines;
}
