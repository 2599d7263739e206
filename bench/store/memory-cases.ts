// Resident memory while a million rows are upserted in chunks, and while they are streamed.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Case, Settings } from '../harness/area.ts';
import { median } from '../harness/interleave.ts';
import { type Line, makeLine } from '../harness/line.ts';
import type { BenchEngine } from './engine.ts';

const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));

/** @returns the growth of resident memory, in MiB */
function measure(way: 'upsert' | 'stream', url: string, rows: number): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, way, url, String(rows)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`memory of ${way}: ${stderr}`);
  const result = JSON.parse(stdout) as { rows: number; growthMiB: number };
  if (result.rows !== rows) throw new Error(`memory of ${way}: ${result.rows} rows instead of ${rows}`);
  return result.growthMiB;
}

async function memory(engine: BenchEngine, settings: Settings): Promise<Line[]> {
  const rows = settings.size ?? 1_000_000;
  const template = await engine.makeTemplate('memory', []);
  const growths = { upsert: [] as number[], stream: [] as number[] };
  for (let run = 0; run < settings.runs; run++) {
    const url = await engine.copy(template, 'memory-run');
    growths.upsert.push(measure('upsert', url, rows));
    growths.stream.push(measure('stream', url, rows));
    await engine.remove(url);
  }
  await engine.remove(template);
  return (['upsert', 'stream'] as const).map((way) =>
    makeLine('store', engine.name, {
      case: `growth of resident memory, ${rows} rows ${way === 'upsert' ? 'upserted' : 'streamed'}`,
      against: `limit of ${engine.targets.memory} MiB`,
      // No growth at all would have no ratio.
      ours: Math.max(0.1, median(growths[way])),
      reference: engine.targets.memory,
      unit: 'MiB',
      lessIsBetter: true,
      target: 1,
    }),
  );
}

export const memoryCases = (engine: BenchEngine): readonly Case[] => [
  { name: `${engine.name}: memory`, run: (settings) => memory(engine, settings) },
];
