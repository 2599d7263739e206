// What a load has published, read by another connection, as a rule of another thread, while the load goes on.

import { openEngine } from './open-engine.ts';
import type { Snapshot } from './snapshot.ts';
import { openLoadedFile } from './sqlite/loaded-file.ts';

export interface Loaded extends Pick<Snapshot, 'rows' | 'rawRows'> {
  /** Where indexes that are not made yet keep nobody from counting. */
  readonly counts?: Snapshot['counts'];
}

export interface OpenLoaded extends Loaded {
  close(): Promise<void>;
}

/** @param url as the engine of the load was opened */
export async function openLoaded(url: string, signal: AbortSignal): Promise<OpenLoaded> {
  if (/^(sqlite|file):/i.test(url)) return openLoadedFile(url, signal);
  const engine = await openEngine(url, {});
  const close = (): Promise<void> => engine.close();
  try {
    const snapshot = await engine.snapshot([], { settled: true, signal });
    return {
      rows: (spec, options) => snapshot.rows(spec, options),
      rawRows: (spec, options) => snapshot.rawRows(spec, options),
      counts: (asked) => snapshot.counts(asked),
      close: () => snapshot.close().finally(close),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
