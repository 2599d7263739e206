// Guests as two lists show them: a node's own list in detail, the cluster's list with pool, HA and dead nodes.

import { bool, int, num, type Raw, rest, set, str } from '../decode.ts';

export type GuestKind = 'qemu' | 'lxc';

/** One guest of a list. Values that the list does not carry are undefined. */
export interface GuestRow {
  readonly vmid: number;
  readonly node: string;
  readonly name: string | null | undefined;
  readonly status: string | undefined;
  readonly template: boolean | undefined;
  readonly cpuCores: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly diskSize: number | undefined;
  readonly swapBytes: number | undefined;
  readonly tags: readonly string[] | null | undefined;
  readonly lockStatus: string | null | undefined;
  readonly pool: string | null | undefined;
  readonly haState: string | null | undefined;
  readonly cpuUsage: number | undefined;
  readonly memoryUsage: number | undefined;
  readonly diskUsage: number | undefined;
  readonly swapUsage: number | undefined;
  readonly networkIn: number | undefined;
  readonly networkOut: number | undefined;
  readonly diskRead: number | undefined;
  readonly diskWrite: number | undefined;
  readonly uptime: number | undefined;
  readonly pid: number | null | undefined;
  readonly memoryHost: number | null | undefined;
  readonly pressureCpuSome: number | null | undefined;
  readonly pressureCpuFull: number | null | undefined;
  readonly pressureIoSome: number | null | undefined;
  readonly pressureIoFull: number | null | undefined;
  readonly pressureMemorySome: number | null | undefined;
  readonly pressureMemoryFull: number | null | undefined;
  readonly extra: object | null | undefined;
}

/** What is read here, or stands in the configuration anyway. */
const listed = new Set(
  (
    'vmid name status template cpus cpu maxmem mem maxdisk disk maxswap swap tags lock pool hastate netin netout ' +
    'diskread diskwrite uptime pid memhost pressurecpusome pressurecpufull pressureiosome pressureiofull ' +
    'pressurememorysome pressurememoryfull qmpstatus type id node maxcpu balloon_min shares serial'
  ).split(' '),
);

/** A row of `/nodes/{node}/qemu` or `/lxc`. There, a key that is missing says that there is none. */
export function nodeGuest(raw: Raw, node: string): GuestRow | undefined {
  const vmid = int(raw['vmid']);
  if (vmid === undefined || vmid < 1) return undefined;
  const lock = str(raw['lock']);
  return {
    vmid,
    node,
    name: str(raw['name']),
    status: statusOf(raw, lock),
    template: bool(raw['template']) ?? false,
    cpuCores: num(raw['cpus']),
    memoryBytes: int(raw['maxmem']),
    diskSize: int(raw['maxdisk']),
    swapBytes: int(raw['maxswap']),
    tags: raw['tags'] === undefined ? undefined : set(raw['tags']),
    lockStatus: lock ?? null,
    pool: undefined,
    haState: undefined,
    cpuUsage: num(raw['cpu']),
    memoryUsage: int(raw['mem']),
    diskUsage: int(raw['disk']),
    swapUsage: int(raw['swap']),
    networkIn: int(raw['netin']),
    networkOut: int(raw['netout']),
    diskRead: int(raw['diskread']),
    diskWrite: int(raw['diskwrite']),
    uptime: int(raw['uptime']),
    pid: int(raw['pid']) ?? null,
    memoryHost: int(raw['memhost']) ?? null,
    pressureCpuSome: num(raw['pressurecpusome']) ?? null,
    pressureCpuFull: num(raw['pressurecpufull']) ?? null,
    pressureIoSome: num(raw['pressureiosome']) ?? null,
    pressureIoFull: num(raw['pressureiofull']) ?? null,
    pressureMemorySome: num(raw['pressurememorysome']) ?? null,
    pressureMemoryFull: num(raw['pressurememoryfull']) ?? null,
    extra: rest(raw, listed) ?? null,
  };
}

/** A row of `/cluster/resources`. On a dead node everything but its place is missing, which says nothing. */
export function clusterGuest(raw: Raw): GuestRow | undefined {
  const id = str(raw['id']) ?? '';
  const vmid = int(raw['vmid'] ?? id.split('/')[1]);
  const node = str(raw['node']);
  if (vmid === undefined || vmid < 1 || !node) return undefined;
  const lock = str(raw['lock']);
  const status = statusOf(raw, lock);
  const alive = status !== 'unknown' && status !== undefined;
  const ifAlive = <T>(value: T | undefined, otherwise: T): T | undefined =>
    value ?? (alive ? otherwise : undefined);
  return {
    vmid,
    node,
    name: str(raw['name']),
    status,
    template: ifAlive(bool(raw['template']), false),
    cpuCores: num(raw['maxcpu']),
    memoryBytes: int(raw['maxmem']),
    diskSize: int(raw['maxdisk']),
    swapBytes: undefined,
    tags: raw['tags'] === undefined ? undefined : set(raw['tags']),
    lockStatus: ifAlive(lock, null),
    pool: ifAlive(str(raw['pool']), null),
    haState: ifAlive(str(raw['hastate']), null),
    cpuUsage: num(raw['cpu']),
    memoryUsage: int(raw['mem']),
    diskUsage: int(raw['disk']),
    swapUsage: undefined,
    networkIn: int(raw['netin']),
    networkOut: int(raw['netout']),
    diskRead: int(raw['diskread']),
    diskWrite: int(raw['diskwrite']),
    uptime: int(raw['uptime']),
    pid: undefined,
    memoryHost: int(raw['memhost']),
    pressureCpuSome: undefined,
    pressureCpuFull: undefined,
    pressureIoSome: undefined,
    pressureIoFull: undefined,
    pressureMemorySome: undefined,
    pressureMemoryFull: undefined,
    extra: undefined,
  };
}

/** `running` and `stopped` as they are; what else a version says, or nothing, is unknown, never stopped. */
function statusOf(raw: Raw, lock: string | null | undefined): string | undefined {
  const status = str(raw['status']);
  const detail = str(raw['qmpstatus']);
  if (detail === 'paused' || detail === 'suspended') return detail;
  if (status === 'stopped' && lock === 'suspended') return 'suspended';
  if (status === 'running' || status === 'stopped' || status === 'paused' || status === 'suspended')
    return status;
  return status === undefined ? undefined : 'unknown';
}
