// Intents on disk: whole or not there, and never trusted when they are not as they were written.

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { IntentFile, type IntentHeader } from './intent-file.ts';
import { listUnfinished } from './intents.ts';
import { makePlan } from './shape.ts';

const plan = makePlan({ kind: 'test', title: 'It', steps: [], subject: { text: 'ü\n\u2028' } }, { at: 0 });
const header: IntentHeader = {
  ...{ format: 1, id: 'one', plan, owner: 'host/1/2/3' },
  actor: { name: 'ann', via: 'cli' },
};
const steps = ['first', 'second'].map((step) => ({ step, effects: { t: { insert: 1 } } }));

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-intents-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function written(folder: string): Promise<string> {
  const intent = await IntentFile.write(folder, header);
  for (const step of steps) await intent.stepDone(step);
  await intent.leave();
  return intent.path;
}

test('what was written is read, with its steps; closed, it is gone', async () => {
  const folder = join(scratchFolder(), 'intents');
  expect(await listUnfinished(folder)).toEqual({ intents: [], setAside: [] });
  const path = await written(folder);
  expect(await listUnfinished(folder)).toEqual({ intents: [{ path, header, done: steps }], setAside: [] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const other = await IntentFile.write(folder, { ...header, id: 'two' });
  expect((await listUnfinished(folder)).intents).toHaveLength(2);
  await other.close();
  expect(readdirSync(folder)).toEqual(['one.intent']);
});

test('cut off anywhere, it has the steps that were whole, or is set aside', async () => {
  const whole = readFileSync(await written(scratchFolder()));
  const ends = [...whole].flatMap((byte, index) => (byte === 10 ? [index + 1] : []));
  expect(ends).toHaveLength(3);
  for (let length = 0; length < whole.length; length += 7) {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'one.intent'), whole.subarray(0, length));
    const { intents, setAside } = await listUnfinished(folder);
    const lines = ends.filter((end) => end <= length).length;
    expect(intents.map(({ done }) => done)).toEqual(lines === 0 ? [] : [steps.slice(0, lines - 1)]);
    expect(setAside).toHaveLength(lines === 0 ? 1 : 0);
    if (lines === 0) expect(readFileSync(setAside[0]!.path)).toEqual(whole.subarray(0, length));
  }
});

test('with any whole line changed, taken out, or put elsewhere it is set aside with its bytes, and not listed again', async () => {
  const whole = readFileSync(await written(scratchFolder()), 'utf8');
  const [first, second, third] = whole.split('\n');
  for (const damaged of [
    whole.replace('"first"', '"fifth"'),
    [first, third, ''].join('\n'),
    [second, third, ''].join('\n'),
    [first, third, second, ''].join('\n'),
    `${whole}${second}\n`,
    whole.replace(first!.slice(0, 10), '0123456789'),
    '\0'.repeat(512),
    '{}\n',
  ]) {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'one.intent'), damaged);
    const { intents, setAside } = await listUnfinished(folder);
    expect(intents).toEqual([]);
    expect(setAside).toEqual([{ path: join(folder, 'one.intent.corrupt-1'), reason: expect.any(String) }]);
    expect(readFileSync(setAside[0]!.path, 'utf8')).toBe(damaged);
    expect(await listUnfinished(folder)).toEqual({ intents: [], setAside: [] });
  }
});

test('files set aside before are not overwritten', async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'one.intent.corrupt-1'), 'earlier');
  writeFileSync(join(folder, 'one.intent'), 'later');
  await listUnfinished(folder);
  expect(readFileSync(join(folder, 'one.intent.corrupt-1'), 'utf8')).toBe('earlier');
  expect(readFileSync(join(folder, 'one.intent.corrupt-2'), 'utf8')).toBe('later');
});

test('a draft that was never finished is nothing, and does not stand in the way', async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'one.intent.draft'), 'half');
  expect(await listUnfinished(folder)).toEqual({ intents: [], setAside: [] });
  await written(folder);
  expect(readdirSync(folder)).toEqual(['one.intent']);
});

test('bytes that are no text are set aside', async () => {
  const folder = scratchFolder();
  appendFileSync(await written(folder), Buffer.from([0xff, 0xfe, 10]));
  expect((await listUnfinished(folder)).setAside).toHaveLength(1);
});

test('where no folder can be made, it is said which', async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'file'), '');
  const inside = join(folder, 'file', 'intents');
  await expect(IntentFile.write(inside, header)).rejects.toMatchObject({ code: 'SETTING_INVALID', exit: 2 });
  mkdirSync(join(folder, 'one.intent.draft'));
  await expect(IntentFile.write(folder, header)).rejects.toThrow();
});
