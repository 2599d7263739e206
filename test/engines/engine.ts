// What a behaviour test needs of an engine: new databases, stores on them, and a way past Holdfast.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Domain, openStore, type StoreOptions } from '@holdfast/core';
import { onTestFinished } from 'vitest';

/** A store over the tables of `D`, as `openStore` gives it. */
export type StoreOf<D extends Domain> = Awaited<ReturnType<typeof openStore<D>>>;

export type Parameter = null | string | number | bigint | Uint8Array;

/** One engine as its file in this folder describes it. */
export interface EngineAccess {
  readonly name: string;
  /** A database that does not exist yet. @param busyTimeoutMs how long a writer waits for another process */
  url(busyTimeoutMs?: number): Promise<string>;
  /** Runs statements past Holdfast, on the bare driver: what another program or an operator would do. */
  exec(url: string, sql: string): Promise<void>;
  /** Answers a query past Holdfast; rows are arrays, integers bigints. Placeholders are the engine's own. */
  query(url: string, sql: string, ...params: Parameter[]): Promise<unknown[][]>;
}

export interface TestEngine extends EngineAccess {
  /** Opens a store, on a new database unless a URL is given, and closes it when the test ends. */
  open<D extends Domain = never>(options?: Partial<StoreOptions<D>>): Promise<StoreOf<D>>;
}

export const testEngine = (access: EngineAccess): TestEngine => ({
  ...access,
  async open<D extends Domain = never>(options: Partial<StoreOptions<D>> = {}) {
    const url = options.url ?? (await access.url());
    const store = await openStore<D>({ ...options, url } as StoreOptions<D>);
    onTestFinished(() => store.close());
    return store;
  },
});

/** A folder that goes when the test ends. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
