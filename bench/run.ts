// Runs the benches: ours and the references side by side, ratios on standard output.

import type { Area, Settings } from './harness/area.ts';
import { type Arguments, parseArguments, usage } from './harness/arguments.ts';
import { type Line, tableHead, tableRow } from './harness/line.ts';
import { end } from './harness/scratch.ts';

const areas: Readonly<Record<string, () => Promise<Area>>> = {
  archive: async () => (await import('./archive/area.ts')).archiveArea,
  history: async () => (await import('./history/area.ts')).historyArea,
  move: async () => (await import('./move/area.ts')).moveArea,
  server: async () => (await import('./server/area.ts')).serverArea,
  store: async () => (await import('./store/area.ts')).storeArea,
  sync: async () => (await import('./sync/area.ts')).syncArea,
  web: async () => (await import('./web/area.ts')).webArea,
};

/** @returns the lines whose target was missed */
async function runArea(area: Area, { json, runs, size }: Arguments): Promise<Line[]> {
  const settings: Settings = { runs, size };
  if (!json) process.stdout.write(tableHead(area.name));
  const missed: Line[] = [];
  for (const each of area.cases) {
    for (const line of await each.run(settings)) {
      process.stdout.write(json ? `${JSON.stringify(line)}\n` : tableRow(line));
      if (!line.ok) missed.push(line);
    }
  }
  return missed;
}

async function main(): Promise<number> {
  let given: Arguments;
  try {
    given = parseArguments(process.argv.slice(2), Object.keys(areas));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    return 2;
  }
  const { only = '' } = given;
  const wanted: Area[] = [];
  for (const area of given.areas) {
    const { name, cases } = await areas[area]!();
    const some = cases.filter((each) => each.name.includes(only));
    if (some.length > 0) wanted.push({ name, cases: some });
  }
  if (wanted.length === 0) {
    process.stderr.write(`no case is named like ${JSON.stringify(only)}\n`);
    return 2;
  }
  const missed: Line[] = [];
  for (const area of wanted) missed.push(...(await runArea(area, given)));
  return given.check && missed.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} finally {
  await end();
}
