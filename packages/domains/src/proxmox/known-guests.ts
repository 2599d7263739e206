// What the store knows of a source's guests before a sweep: their incarnations, marks and configurations.

import type { Store } from '@holdfast/core';
import { type containers, tasks, type vms } from './tables.ts';
import type { TaskRow } from './task-rows.ts';

export interface KnownGuest {
  readonly node: string;
  readonly incarnation: number;
  readonly configDigest: string | null;
  /** JSON of its identity, read only where it decides something. */
  readonly identity: string | null;
  readonly createdAt: number;
}

/** The newest incarnation of each vmid. */
export async function knownGuests(
  store: Store,
  table: typeof vms | typeof containers,
  source: string,
): Promise<Map<number, KnownGuest>> {
  const { engine } = store;
  const { quote, placeholder } = engine.syntax;
  const columns = ['vmid', 'incarnation', 'node', 'config_digest', 'identity', 'created_at']
    .map(quote)
    .join(', ');
  const sql = `SELECT ${columns} FROM ${quote(table.name)} WHERE ${quote('source')} = ${placeholder(1)}`;
  const known = new Map<number, KnownGuest>();
  const session = await engine.read(async (reader) => reader);
  for await (const rows of session.stream({ sql }, [source], 2_000)) {
    for (const [vmid, incarnation, node, digest, identity, createdAt] of rows) {
      const before = known.get(vmid as number);
      if (before !== undefined && before.incarnation > (incarnation as number)) continue;
      known.set(vmid as number, {
        incarnation: incarnation as number,
        node: node as string,
        configDigest: digest as string | null,
        identity: identity as string | null,
        createdAt: createdAt as number,
      });
    }
  }
  return known;
}

export interface Destruction {
  readonly upid: string;
  readonly startTime: number;
}

/** The newest successful deletion of each vmid, from the stored task log and from tasks seen just now. */
export async function knownDestructions(
  store: Store,
  source: string,
  seen: readonly TaskRow[],
): Promise<Map<number, Destruction>> {
  const found = new Map<number, Destruction>();
  const note = ({
    resourceId,
    upid,
    startTime,
  }: Pick<TaskRow, 'resourceId' | 'upid' | 'startTime'>): void => {
    const vmid = Number(resourceId);
    const before = found.get(vmid);
    if (before === undefined || before.startTime < startTime) found.set(vmid, { upid, startTime });
  };
  const types = ['qmdestroy', 'vzdestroy'];
  const where = { source, type: { in: types }, status: 'ok' as const };
  for await (const rows of store.repository(tasks).stream({ where })) rows.forEach(note);
  for (const row of seen) if (row.status === 'ok' && types.includes(row.type)) note(row);
  return found;
}
