// What a process takes while it backs up, restores and restores for a test: resident memory, and its event loop.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, join } from 'node:path';
import type { Case, Settings } from '../harness/area.ts';
import type { BenchEngine } from '../harness/engines.ts';
import { median } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import { scratchPath } from '../harness/scratch.ts';
import { builtHoldfast } from '../server/built.ts';
import { archiveKey } from './archive-key.ts';
import { keyFile, openRows } from './open-rows.ts';
import { fillRows } from './rows.ts';

const works = ['backup', 'restore', 'test'] as const;
const names = { backup: 'backup', restore: 'restore', test: 'test restore' };
const [mostMiB, mostStallMs] = [96, 10];

/** Beside what is installed, so that it imports that. @returns the script */
function stagedChild(): string {
  builtHoldfast();
  const folder = scratchPath('resources');
  mkdirSync(folder, { recursive: true });
  for (const url of [new URL('resources-child.ts', import.meta.url), new URL('rows.ts', import.meta.url)]) {
    const script = stripTypeScriptTypes(readFileSync(url, 'utf8')).replace("'./rows.ts'", "'./rows.mjs'");
    writeFileSync(join(folder, basename(url.pathname).replace(/ts$/, 'mjs')), script);
  }
  return join(folder, 'resources-child.mjs');
}

interface Taken {
  readonly growthMiB: number;
  readonly stallMs: number;
}

function take(child: string, ...words: readonly string[]): Taken {
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words[0]}: ${stderr}`);
  return JSON.parse(stdout) as Taken;
}

async function resources(engine: BenchEngine, { runs, size }: Settings): Promise<Line[]> {
  const count = size ?? 200_000;
  const child = stagedChild();
  await archiveKey();
  const archive = scratchPath('resources.sma');
  const from = await engine.make('resources');
  const store = await openRows(from);
  await fillRows(store, count, true);
  await engine.settle(store, ['bench_rows']);
  await store.close();
  const taken = { backup: [] as Taken[], restore: [] as Taken[], test: [] as Taken[] };
  for (let run = 0; run < runs; run++)
    for (const work of works) {
      const url = work === 'backup' ? from : await engine.make('restored');
      taken[work].push(take(child, work, archive, url, join(keyFile(), '..')));
      if (work !== 'backup') await engine.remove(url);
    }
  await engine.remove(from);
  const line = (work: (typeof works)[number], of: keyof Taken, limit: number, unit: string): Line => {
    const what = of === 'growthMiB' ? 'growth of resident memory' : 'event loop, 99 of 100';
    return makeLine('archive', engine.name, {
      case: `${engine.name}: ${names[work]} of ${count} rows: ${what}`,
      against: `limit of ${limit} ${unit}`,
      ours: median(taken[work].map((each) => each[of])),
      ...{ reference: limit, unit, lessIsBetter: true, target: 1 },
    });
  };
  return works.flatMap((work) => [
    line(work, 'growthMiB', mostMiB, 'MiB'),
    line(work, 'stallMs', mostStallMs, 'ms'),
  ]);
}

export const resourcesCase = (engine: BenchEngine): Case => ({
  name: `${engine.name}: memory and event loop of archives`,
  run: (settings) => resources(engine, settings),
});
