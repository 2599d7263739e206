// What the store knows of a source's guests before a sweep: their incarnations, marks and configurations.

import type { Store } from '@holdfast/core';
import type { Identity } from './guest-config.ts';
import type { GuestKind } from './guest-rows.ts';
import { type containers, tasks, type vms } from './tables.ts';
import type { TaskRow } from './task-rows.ts';

export interface KnownGuest {
  readonly node: string;
  readonly incarnation: number;
  readonly configDigest: string | null;
  /** JSON of its identity, read only where it decides something. */
  readonly identity: string | null;
  readonly createdAt: number;
  /** It was not marked absent. */
  readonly present: boolean;
}

/** The newest incarnation of each vmid. */
export async function knownGuests(
  store: Store,
  table: typeof vms | typeof containers,
  source: string,
): Promise<Map<number, KnownGuest>> {
  const { engine } = store;
  const { quote, placeholder } = engine.syntax;
  const columns = ['vmid', 'incarnation', 'node', 'config_digest', 'identity', 'created_at', 'absent_since']
    .map(quote)
    .join(', ');
  const sql = `SELECT ${columns} FROM ${quote(table.name)} WHERE ${quote('source')} = ${placeholder(1)}`;
  const known = new Map<number, KnownGuest>();
  const session = await engine.read(async (reader) => reader);
  for await (const rows of session.stream({ sql }, [source], 2_000)) {
    for (const [vmid, incarnation, node, digest, identity, createdAt, absentSince] of rows) {
      const before = known.get(vmid as number);
      if (before !== undefined && before.incarnation > (incarnation as number)) continue;
      known.set(vmid as number, {
        incarnation: incarnation as number,
        node: node as string,
        configDigest: digest as string | null,
        identity: identity as string | null,
        createdAt: createdAt as number,
        present: absentSince === null,
      });
    }
  }
  return known;
}

export interface Destruction {
  readonly upid: string;
  /** `qmdestroy` or `vzdestroy` */
  readonly type: string;
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
    type,
    startTime,
  }: Pick<TaskRow, 'resourceId' | 'upid' | 'type' | 'startTime'>): void => {
    const vmid = Number(resourceId);
    const before = found.get(vmid);
    if (before === undefined || before.startTime < startTime) found.set(vmid, { upid, type, startTime });
  };
  const types = ['qmdestroy', 'vzdestroy'];
  const where = { source, type: { in: types }, status: 'ok' as const };
  for await (const rows of store.repository(tasks).stream({ where })) rows.forEach(note);
  for (const row of seen) if (row.status === 'ok' && types.includes(row.type)) note(row);
  return found;
}

/** How far the clocks of a node and of this program may be apart, microseconds. */
const skew = 3_600_000_000;

/** The task that ended a guest: the newest deletion of its number that was not known when it was first seen. */
export function endOf(
  kind: GuestKind,
  guest: KnownGuest | undefined,
  destruction: Destruction | undefined,
): string | undefined {
  if (guest === undefined || destruction === undefined) return undefined;
  if (destruction.type !== (kind === 'qemu' ? 'qmdestroy' : 'vzdestroy')) return undefined;
  const { destroyed } = JSON.parse(guest.identity ?? '{}') as Identity;
  const earlier = destruction.upid === destroyed || destruction.startTime < guest.createdAt - skew;
  return earlier ? undefined : destruction.upid;
}
