// A small process that times starts: forking from a large one would cost more than what it starts.

import { spawnSync } from 'node:child_process';
import { interleave } from '../harness/interleave.ts';

function start(words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${words.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

const [program = '', runs = '1'] = process.argv.slice(2);
const version = start([program, '--version']);
if (!/\d+\.\d+\.\d+/.test(version)) throw new Error(`--version prints ${JSON.stringify(version)}`);
const [ours, node] = await interleave(
  [{ run: () => void start([program, '--version']) }, { run: () => void start(['-e', '0']) }],
  Number(runs),
);
process.stdout.write(`${JSON.stringify({ ours, node })}\n`);
