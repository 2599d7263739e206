// The work of a job `backup-copy` in a thread of its own.

import { openStore } from '@holdfast/core';
import type { RunJob } from '@holdfast/core/job';
import { bringCopies } from '@holdfast/core/targets';
import { copyJson } from './backup-copy.ts';
import { domains } from './domains.ts';
import type { Place } from './invocation.ts';

export const run: RunJob = async ({ given, jobId, signal, progress, log }) => {
  const { url, keyFile } = given as Place;
  await using store = await openStore({
    ...{ url, keyFile, domains, mustExist: true },
    origin: { actor: 'holdfast', via: 'schedule', request: jobId },
  });
  let phase: string | undefined;
  const copies = await bringCopies(store, {
    signal,
    onProgress(target, { done, size }) {
      const next = `to ${target}`;
      progress({ ...(next === phase ? {} : { phase: next }), done, total: size });
      phase = next;
    },
  });
  for (const { target, error } of copies) if (error !== undefined) log('warn', `${target}: ${error.message}`);
  return { copies: copies.map(copyJson) };
};
