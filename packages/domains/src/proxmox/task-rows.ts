// Tasks: what the cluster did, to what, and how it ended.

import { instantOf, int, type Raw, str } from '../decode.ts';

export interface TaskRow {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly status: 'running' | 'ok' | 'warning' | 'error' | 'unknown';
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  readonly user: string | null;
  readonly tokenId: string | null;
  readonly pid: number | undefined;
  readonly startTime: number;
  readonly endTime: number | null;
  readonly exitStatus: string | null;
}

/** UPID:NODE:PID:PSTART:START:TYPE:ID:USER: with numbers in hex. */
function parseUpid(
  upid: string,
): { node: string; pid: number; start: number; type: string; id: string; user: string } | undefined {
  const match =
    /^UPID:([^:\s]+):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/.exec(
      upid,
    );
  if (match === null) return undefined;
  const [, node, pid, , start, type, id, user] = match;
  return {
    node: node!,
    pid: Number.parseInt(pid!, 16),
    start: Number.parseInt(start!, 16),
    type: type!,
    id: id!,
    user: user!,
  };
}

/** A row of a task list; what the row leaves out is read from the UPID. */
export function taskRow(raw: Raw): TaskRow | undefined {
  const upid = str(raw['upid']);
  if (!upid) return undefined;
  const parts = parseUpid(upid);
  const node = str(raw['node']) ?? parts?.node;
  const type = str(raw['type']) ?? parts?.type;
  const startTime = instantOf(raw['starttime']) ?? instantOf(parts?.start);
  if (!node || !type || startTime === undefined) return undefined;
  const endTime = instantOf(raw['endtime']) ?? null;
  const exit = str(raw['exitstatus']) ?? str(raw['status']) ?? null;
  const id = str(raw['id']) ?? parts?.id ?? '';
  const status = statusOf(exit, endTime);
  return {
    upid,
    node,
    type,
    status,
    ...targetOf(type, id, node),
    user: str(raw['user']) ?? parts?.user ?? null,
    tokenId: str(raw['tokenid']) ?? null,
    pid: int(raw['pid']) ?? parts?.pid,
    startTime,
    endTime,
    exitStatus: status === 'running' ? null : exit,
  };
}

function statusOf(exit: string | null, endTime: number | null): TaskRow['status'] {
  if (exit === null) return endTime === null ? 'running' : 'unknown';
  if (/^running$/i.test(exit) && endTime === null) return 'running';
  if (exit === 'OK') return 'ok';
  if (exit.startsWith('WARNINGS')) return 'warning';
  return exit === 'unexpected status' ? 'unknown' : 'error';
}

/** What a task of this type acts on. The id may carry a realm or a volume behind the number. */
function targetOf(type: string, id: string, node: string): Pick<TaskRow, 'resourceType' | 'resourceId'> {
  const vmid = /^\d+/.exec(id)?.[0];
  if (vmid !== undefined) {
    if (/^vz(?!dump)/.test(type)) return { resourceType: 'container', resourceId: vmid };
    if (/^qm|^vncproxy$|^vncshell$/.test(type) || type === 'resize')
      return { resourceType: 'vm', resourceId: vmid };
    return { resourceType: 'guest', resourceId: vmid };
  }
  if (/^img|^download$|^upload$/.test(type) && id !== '')
    return { resourceType: 'storage', resourceId: id.split(/[:@]/)[0]!.slice(0, 255) };
  if (id === '') return { resourceType: 'node', resourceId: node };
  return { resourceType: 'other', resourceId: id.slice(0, 255) };
}
