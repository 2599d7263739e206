// Stores of the archive benches.

import { openStore, type Store } from '@holdfast/core';
import { scratchPath } from '../harness/scratch.ts';
import { domain } from './rows.ts';

export const keyFile = (): string => scratchPath('secret.key');
/** What a dump tool has loaded bears no mark of ours. */
export const openRows = (url: string): Promise<Store> =>
  openStore({ url, domains: [domain], keyFile: keyFile(), adopt: true }) as unknown as Promise<Store>;
