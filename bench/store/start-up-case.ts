// How long the smallest verb takes, beside a Node that does nothing.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Case } from '../harness/area.ts';
import { type Line, makeLine } from '../harness/line.ts';

const child = fileURLToPath(new URL('start-up-child.ts', import.meta.url));
const program = fileURLToPath(new URL('../../packages/server/bin/holdfast.js', import.meta.url));
const runs = 11;

async function startUp(): Promise<Line[]> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [child, program, String(runs)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`start-up: ${stderr}`);
  const { ours, node } = JSON.parse(stdout) as { ours: number; node: number };
  return [
    makeLine('store', '-', {
      case: `holdfast --version, median of ${runs}`,
      against: 'node -e 0',
      ours,
      reference: node,
      unit: 'ms',
      lessIsBetter: true,
      target: 1 / 3,
    }),
  ];
}

export const startUpCases: readonly Case[] = [{ name: 'start-up', run: startUp }];
