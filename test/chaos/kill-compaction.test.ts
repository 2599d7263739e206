// kill -9 in the middle of a compaction of series, on every engine: each sample is there once, and the next goes on.
// HOLDFAST_KILLS sets the number of kills for each engine (default 4).

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Store } from '@holdfast/core';
import { samples, series } from '@holdfast/core/system';
import { expect, onTestFinished, test } from 'vitest';
import { engines } from '../engines.ts';
import { compactAll, machinesDomain, unlikeSamples } from './fixtures/samples.ts';

const kills = Number(process.env['HOLDFAST_KILLS'] ?? 3);

const title = `$name: ${kills} killed compactions lose and double nothing`;
test.for(engines)(title, { timeout: 60_000 + kills * 30_000 }, async (engine) => {
  let between = 0;
  for (let round = 0; round < kills; round++) {
    const urls = [await engine.url(), await engine.url(), await engine.url()];
    const script = fileURLToPath(new URL('fixtures/compact.ts', import.meta.url));
    const fraction = String((round + 0.5) / kills);
    const child = fork(script, [fraction, ...urls], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let errors = '';
    child.stderr!.on('data', (text: Buffer) => {
      errors += text.toString();
    });
    const [, signal] = await once(child, 'close');
    expect([errors, signal]).toEqual(['', 'SIGKILL']);

    const store = (await engine.open({ url: urls[2]!, domains: [machinesDomain] })) as unknown as Store;
    const left = [
      await store.repository(samples).count(),
      await store.repository(series).count({ tier: 'raw' }),
    ];
    expect(await unlikeSamples(store)).toEqual([]);
    const { polls, merged, folded } = await compactAll(store);
    if (polls + merged + folded > 0 && left[1]! > 0) between++;
    expect(await unlikeSamples(store)).toEqual([]);
    expect(await store.repository(samples).count()).toBe(0);
    // Five days of each record: three in minutes, two as they were read.
    expect(await store.repository(series).count()).toBe(120 * 5);
    await store.close();
  }
  process.stdout.write(
    `${engine.name}: ${between} of ${kills} compactions killed half done, no sample lost\n`,
  );
});
