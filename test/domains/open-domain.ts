// A store over one domain, with a source of it for the records of a test.

import type { AnyTable, Domain, Store } from '@holdfast/core';
import { putSource } from '@holdfast/core/system';
import { scratchFolder, type TestEngine } from '../engines.ts';

/** The source is named `home`. */
export async function openDomain<T extends AnyTable>(engine: TestEngine, domain: Domain<T>): Promise<Store> {
  const store = (await engine.open({
    domains: [domain] as readonly Domain[],
    keyFile: `${scratchFolder()}/key`,
  })) as unknown as Store;
  await putSource(store, { name: 'home', domain: domain.name, settings: {}, credentials: {} });
  return store;
}
