// What the store knows of a source's devices before a sweep: where each answered, and what its configuration was.

import type { Store } from '@holdfast/core';
import { deviceConfigs, devices } from './tables.ts';

export interface KnownDevice {
  readonly mac: string;
  readonly address: string | null;
  readonly sleeps: boolean;
  readonly configDigest: string | null;
  /** JSON of its secrets. */
  readonly secrets: string | null;
}

/** By MAC. Configurations themselves are not read: they are long, and their digests tell. */
export async function knownDevices(store: Store, source: string): Promise<Map<string, KnownDevice>> {
  const { engine } = store;
  const { quote, placeholder } = engine.syntax;
  const read = async function* (table: typeof devices | typeof deviceConfigs, columns: readonly string[]) {
    const sql = `SELECT ${columns.map(quote).join(', ')} FROM ${quote(table.name)} WHERE ${quote('source')} = ${placeholder(1)}`;
    const session = await engine.read(async (reader) => reader);
    for await (const rows of session.stream({ sql }, [source], 2_000)) yield* rows;
  };
  const configs = new Map<string, { digest: string | null; sealed: string | null }>();
  for await (const [mac, digest, sealed] of read(deviceConfigs, ['mac', 'config_digest', 'secrets']))
    configs.set(mac as string, { digest: digest as string | null, sealed: sealed as string | null });
  const known = new Map<string, KnownDevice>();
  for await (const [mac, address, sleeps] of read(devices, ['mac', 'address', 'sleeps'])) {
    const { digest = null, sealed = null } = configs.get(mac as string) ?? {};
    known.set(mac as string, {
      mac: mac as string,
      address: address as string | null,
      // Engines differ in how they hand out booleans.
      sleeps: sleeps === true || Number(sleeps) === 1,
      configDigest: digest,
      secrets: sealed === null ? null : store.secrets.open(sealed, `${deviceConfigs.name}.secrets`),
    });
  }
  return known;
}
